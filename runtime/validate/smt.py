"""The slow method, and the door to z3: prove with bit-vectors what linear facts could not.

In: a finished exploration with open obligations. Out: the first that z3 cannot prove either. Every symbol is
one bit-vector of 64 bits, defined by its operation; every block has a Boolean that says whether it is
reached; where paths meet, the symbols made there equal what the path taken brings. A loop is represented by
its last iteration: the symbols of its head are free but for the invariants that the fast method proved.

An obligation is first tried on what its own symbols are computed from, wherever the code has come from: often
that is enough (`max(x, 1)` is not 0), and it leaves out the other divisions and products of a large program.
"""

from __future__ import annotations

import z3

from runtime import limits
from runtime.validate.branch import NEGATIONS
from runtime.validate.explore import Edge, Exploration
from runtime.validate.linear import Linear, Symbol
from runtime.validate.memory import Obligation
from runtime.validate.symbols import Choice, Definition, Flags, Input, Operation, Symbols

_NEAR = 20
"""The first try may take this part of the effort of the second."""


def find_unproved(exploration: Exploration) -> Obligation | None:
    """Return an open obligation that z3 does not prove; above a limit it is not even asked.

    One is enough to refuse the code: where z3 gives up it has worked for seconds.
    """
    obligations = exploration.judgement.open
    if len(obligations) > limits.MAX_VALIDATION_QUERIES:
        return obligations[0]
    model = _Model(exploration)
    return next((each for each in obligations if not model.proves(each)), None)


class _Model:
    """The code as bit-vector formulas."""

    def __init__(self, exploration: Exploration) -> None:
        self._symbols: Symbols = exploration.judgement.contract.symbols
        self._terms: dict[Symbol, z3.BitVecRef] = {}
        self._meanings: dict[Symbol, z3.BoolRef] = {}
        self._assertions: list[z3.BoolRef] = []
        for number in range(len(self._symbols.definitions)):
            self._term(Symbol(number))  # in this order no definition has to wait for another
        for fact in exploration.judgement.contract.entry.facts.all_inequalities():
            self._assertions.append(self._non_negative(fact))
        for block, (edges, meetings) in exploration.arrivals.items():
            taken = [self._edge(edge, number) for number, edge in enumerate(edges)]
            self._assertions.append(z3.Implies(_reached(block), z3.Or(taken)))
            for meeting in meetings:
                found = self._form(meeting.found)
                for way, form in zip(taken, meeting.forms, strict=True):
                    self._assertions.append(z3.Implies(way, found == self._form(form)))
            for claim in exploration.invariants.get(block, ()):
                self._assertions.append(z3.Implies(_reached(block), self._non_negative(claim)))

    def proves(self, obligation: Obligation) -> bool:
        """Ask z3 whether the obligation can fail."""
        value, bound = self._form(obligation.value), self._form(obligation.bound)
        extra = z3.BitVecVal(obligation.extra, 64)
        holds = z3.And(z3.ULE(extra, bound), z3.ULE(value, bound - extra))
        near = [self._meanings[symbol] for symbol in self._find_sources(obligation)]
        if _refutes([*near, z3.Not(holds)], limits.Z3_RLIMIT // _NEAR):
            return True
        everything = [*self._meanings.values(), *self._assertions, _reached(obligation.block)]
        return _refutes([*everything, z3.Not(holds)], limits.Z3_RLIMIT)

    def _find_sources(self, obligation: Obligation) -> list[Symbol]:
        """Return the symbols that the obligation is about, and those that these are computed from."""
        found: set[Symbol] = set()
        waiting = [symbol for form in (obligation.value, obligation.bound) for symbol, _ in form.terms]
        while waiting:
            symbol = waiting.pop()
            if symbol not in found:
                found.add(symbol)
                forms = _list_forms(self._symbols.definitions[symbol])
                waiting += [source for form in forms for source, _ in form.terms]
        return sorted(found)

    def _edge(self, edge: Edge, number: int) -> z3.BoolRef:
        """Return the Boolean of one edge, with what it implies."""
        way = z3.Bool(f"edge {edge.source} {edge.target} {number}")
        if edge.source >= 0:
            self._assertions.append(z3.Implies(way, _reached(edge.source)))
        if edge.condition:
            condition = self._condition(edge.condition, edge.flags)
            if condition is not None:
                self._assertions.append(z3.Implies(way, condition))
        return way

    def _form(self, form: Linear) -> z3.BitVecRef:
        result = z3.BitVecVal(form.constant, 64)
        for symbol, coefficient in form.terms:
            result = result + self._term(symbol) * z3.BitVecVal(coefficient, 64)
        return result

    def _non_negative(self, fact: Linear) -> z3.BoolRef:
        """Return an integer inequality over bit-vectors wide enough that nothing wraps."""
        size = abs(fact.constant) + sum(abs(each) << 64 for _, each in fact.terms)
        width = size.bit_length() + 1
        result = z3.BitVecVal(fact.constant, width)
        for symbol, coefficient in fact.terms:
            result = result + z3.ZeroExt(width - 64, self._term(symbol)) * z3.BitVecVal(coefficient, width)
        return result >= 0

    def _term(self, symbol: Symbol) -> z3.BitVecRef:
        """Return the bit-vector of a symbol; the symbols that it is made of have smaller numbers.

        What is asserted here holds whether or not the code that computes the symbol is reached: definitions
        are total, and only free symbols have a range. A range that holds where an obligation is met (of a
        quotient, say) would otherwise prove that obligation.
        """
        found = self._terms.get(symbol)
        if found is None:
            found = self._terms[symbol] = z3.BitVec(f"symbol {symbol}", 64)
            meaning = self._define(symbol)
            if meaning is None:
                self._meanings[symbol] = z3.ULE(found, z3.BitVecVal(self._symbols.highs[symbol], 64))
            else:
                self._meanings[symbol] = found == meaning
        return found

    def _define(self, symbol: Symbol) -> z3.BitVecRef | None:
        match self._symbols.definitions[symbol]:
            case Input():
                return None
            case Operation(name=name, width=width, operands=operands):
                return _apply(name, width, [_cut(self._form(operand), width) for operand in operands])
            case Choice(condition=condition, flags=flags, yes=yes, no=no):
                holds = self._condition(condition, flags)
                if holds is None:
                    holds = z3.Bool(f"choice {symbol}")
                return z3.If(holds, self._form(yes), self._form(no))

    def _condition(self, condition: str, flags: Flags) -> z3.BoolRef | None:
        """Return what the condition says of the operands; None: nothing."""
        left, right = (z3.Extract(flags.width - 1, 0, self._form(form)) for form in (flags.left, flags.right))
        result = z3.Extract(flags.width - 1, 0, self._form(flags.result))
        match flags.kind:
            case "sub":
                return _compare(condition, left, right)
            case "add":
                outcome = left + right
                known = {"b": z3.ULT(outcome, left), "ae": z3.UGE(outcome, left)}
                return known[condition] if condition in known else _test(condition, outcome)
            case "logic":
                return _compare(condition, result, z3.BitVecVal(0, flags.width))
            case "result":
                return _test(condition, result)
            case "other":
                return None


def _refutes(assertions: list[z3.BoolRef], effort: int) -> bool:
    """Say whether z3 finds out, with so much effort, that the assertions cannot all hold."""
    solver = z3.SolverFor("QF_BV")
    solver.set("random_seed", limits.Z3_SEED)
    solver.set("rlimit", effort)
    solver.add(*assertions)
    return bool(solver.check() == z3.unsat)


def _list_forms(definition: Definition) -> tuple[Linear, ...]:
    """Return the forms that a definition mentions."""
    match definition:
        case Input():
            return ()
        case Operation(operands=operands):
            return operands
        case Choice(flags=flags, yes=yes, no=no):
            return flags.left, flags.right, flags.result, yes, no


def _reached(block: int) -> z3.BoolRef:
    return z3.Bool(f"reached {block}")


def _cut(term: z3.BitVecRef, width: int) -> z3.BitVecRef:
    """Return the low `width` bits, as 64."""
    return term if width == 64 else z3.ZeroExt(64 - width, z3.Extract(width - 1, 0, term))


def _test(condition: str, result: z3.BitVecRef) -> z3.BoolRef | None:
    match condition:
        case "e":
            return result == 0
        case "ne":
            return result != 0
        case "s":
            return result < 0
        case "ns":
            return result >= 0
        case _:
            return None


def _compare(condition: str, left: z3.BitVecRef, right: z3.BitVecRef) -> z3.BoolRef | None:
    """Return what the condition says after `cmp left, right`."""
    match condition:
        case "b":
            return z3.ULT(left, right)
        case "be":
            return z3.ULE(left, right)
        case "l":
            return left < right
        case "le":
            return left <= right
        case "ae" | "a" | "ge" | "g":
            opposite = _compare(NEGATIONS[condition], left, right)
            assert opposite is not None, "all negations are above"
            return z3.Not(opposite)
        case _:
            return _test(condition, left - right)


def _apply(name: str, width: int, operands: list[z3.BitVecRef]) -> z3.BitVecRef | None:
    """Return what an operation gives, as 64 bits; None: nothing is said of it."""
    first, second = operands[0], operands[-1]
    match name:
        case "trunc":
            return first
        case "and":
            return first & second
        case "or":
            return first | second
        case "xor":
            return first ^ second
        case "shl":
            return _cut(first << second, width)
        case "shr":
            return z3.LShR(first, second)
        case "sar":
            return _cut(z3.SignExt(64 - width, z3.Extract(width - 1, 0, first)) >> second, width)
        case "rol" | "ror":
            return _rotate(name, width, first, second)
        case "mul":
            return _cut(first * second, width)
        case "div":
            return _cut(z3.UDiv(first, second), width)
        case "rem":
            return z3.URem(first, second)
        case "sext":
            return z3.SignExt(64 - width, z3.Extract(width - 1, 0, first))
        case "bswap":
            low_first = [z3.Extract(start + 7, start, first) for start in range(0, width, 8)]
            return _extend(z3.Concat(*low_first))
        case _:
            return None


def _rotate(name: str, width: int, first: z3.BitVecRef, count: z3.BitVecRef) -> z3.BitVecRef:
    part, amount = z3.Extract(width - 1, 0, first), z3.Extract(width - 1, 0, count)
    rotated = z3.RotateLeft(part, amount) if name == "rol" else z3.RotateRight(part, amount)
    return _extend(rotated)


def _extend(term: z3.BitVecRef) -> z3.BitVecRef:
    return term if term.size() == 64 else z3.ZeroExt(64 - term.size(), term)
