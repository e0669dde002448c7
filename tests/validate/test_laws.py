"""The facts are true: random arithmetic is done on symbols and on numbers, and compared.

Each law draws the inputs' numbers first, then computes on forms and on numbers side by side. Every inequality
that the operations have assumed must hold of the numbers, and every resulting form must give the right one.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.validate import arithmetic
from runtime.validate.branch import NEGATIONS, assume_condition, choose
from runtime.validate.facts import Facts
from runtime.validate.linear import Linear, Symbol, add_forms, number_form, shift_form, symbol_form, wrap_form
from runtime.validate.symbols import Choice, Flags, Input, Operation, Symbols

_ALL = "czsop"
_TOP = (1 << 64) - 1
_WIDTHS = st.sampled_from((8, 16, 32, 64))
_NUMBERS = st.one_of(
    st.sampled_from(
        (0, 1, 2, 7, 8, 127, 128, 255, 256, 65535, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32)
    ),
    st.sampled_from((_TOP, _TOP - 1, 1 << 63, (1 << 63) - 1)),
    st.integers(0, _TOP),
    st.integers(0, 300),
)


class World:
    """Symbols with numbers."""

    def __init__(self, numbers: list[int]) -> None:
        self.facts = Facts(Symbols())
        self.inputs = []
        self._numbers: dict[Symbol, int] = {}
        for index, number in enumerate(numbers):
            high = (1 << max(8, number.bit_length())) - 1
            symbol = self.facts.symbols.find(Input("number", f"input {index}"), high)
            self._numbers[symbol] = number
            self.inputs.append(symbol_form(symbol))

    def evaluate(self, form: Linear) -> int:
        """The integer that `form` is."""
        return form.constant + sum(factor * self.number(symbol) for symbol, factor in form.terms)

    def number(self, symbol: Symbol) -> int:
        if symbol not in self._numbers:
            match self.facts.symbols.definitions[symbol]:
                case Operation(name=name, width=width, operands=operands):
                    given_ = [self.evaluate(operand) & ((1 << width) - 1) for operand in operands]
                    self._numbers[symbol] = _compute(name, width, given_)
                case Choice(condition=condition, flags=flags, yes=yes, no=no):
                    self._numbers[symbol] = self.evaluate(yes if self.holds(condition, flags) else no) & _TOP
        return self._numbers[symbol]

    def holds(self, condition: str, flags: Flags) -> bool:
        top, half = (1 << flags.width) - 1, 1 << (flags.width - 1)
        left, right, result = (self.evaluate(form) & top for form in (flags.left, flags.right, flags.result))
        if condition in ("ae", "ne", "a", "ns", "ge", "g"):
            return not self.holds(NEGATIONS[condition], flags)
        if flags.kind == "add":
            return {"b": left + right > top, "e": (left + right) & top == 0, "s": (left + right) & half != 0}[
                condition
            ]
        if flags.kind == "logic":
            left, right = result, 0
        return {
            "b": left < right,
            "be": left <= right,
            "e": left == right,
            "s": (left - right) & half != 0,
            "l": left ^ half < right ^ half,
            "le": left ^ half <= right ^ half,
        }[condition]

    def check(self) -> None:
        """Every fact holds of the numbers."""
        assert not self.facts.dead
        for fact in self.facts.all_inequalities():
            assert self.evaluate(fact) >= 0, fact


def _compute(name: str, width: int, given_: list[int]) -> int:
    first, second, top = given_[0], given_[-1], (1 << width) - 1
    signed = first - ((first >> (width - 1)) << width)
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
            return first << second & top
        case "shr":
            return first >> second
        case "mul":
            return first * second & top
        case "high":
            return first * second >> width
        case "div":
            return first // second
        case "rem":
            return first % second
        case "sext":
            return signed & _TOP
    raise AssertionError(name)


_OPERATIONS = {
    "and": (arithmetic.bit_and, lambda left, right, top: left & right),
    "or": (arithmetic.bit_or, lambda left, right, top: left | right),
    "xor": (arithmetic.bit_xor, lambda left, right, top: left ^ right),
    "mul": (arithmetic.multiply, lambda left, right, top: left * right & top),
    "high": (arithmetic.multiply_high, lambda left, right, top: left * right >> top.bit_length()),
}


@st.composite
def _forms(draw, world, width):
    """A number of `width` bits, as a form: constant, input, or sum of multiples."""
    if draw(st.booleans()) and draw(st.booleans()):
        return number_form(draw(_NUMBERS) & ((1 << width) - 1))
    form = number_form(draw(st.integers(-20, 20)))
    for each in draw(st.lists(st.sampled_from(world.inputs), min_size=1, max_size=2)):
        form = add_forms(form, each, draw(st.sampled_from((1, 1, 2, 4, 256, -1))))
    return arithmetic.truncate(world.facts, wrap_form(form), width)


@settings(deadline=None, max_examples=200, database=None)
@given(st.data())
def test_operations(data):
    world = World(data.draw(st.lists(_NUMBERS, min_size=1, max_size=3)))
    width = data.draw(_WIDTHS)
    top = (1 << width) - 1
    for _ in range(4):
        left, right = data.draw(_forms(world, width)), data.draw(_forms(world, width))
        symbolic, exact = _OPERATIONS[data.draw(st.sampled_from(sorted(_OPERATIONS)))]
        result = symbolic(world.facts, left, right, width)
        assert world.evaluate(result) == exact(world.evaluate(left), world.evaluate(right), top)
        if symbolic is arithmetic.bit_and or len(world.inputs) < 8:
            world.inputs.append(result)
        world.check()


@settings(deadline=None, max_examples=200, database=None)
@given(st.data())
def test_shifts_and_divisions(data):
    world = World(data.draw(st.lists(_NUMBERS, min_size=2, max_size=3)))
    width = data.draw(_WIDTHS)
    left, facts = data.draw(_forms(world, width)), world.facts
    number = world.evaluate(left)
    count = number_form(data.draw(st.integers(0, width - 1)))
    if data.draw(st.booleans()):
        count = arithmetic.bit_and(
            facts, arithmetic.truncate(facts, world.inputs[0], 8), number_form(width - 1), 8
        )
    shift = world.evaluate(count)
    assert world.evaluate(arithmetic.shift_right(facts, left, count, width)) == number >> shift
    assert world.evaluate(arithmetic.shift_left(facts, left, count, width)) == number << shift & (
        (1 << width) - 1
    )
    divisor = data.draw(_forms(world, width))
    if world.evaluate(divisor):
        quotient, remainder = arithmetic.divide(facts, left, divisor, width)
        assert (world.evaluate(quotient), world.evaluate(remainder)) == divmod(
            number, world.evaluate(divisor)
        )
    extended = arithmetic.extend_sign(facts, left, width)
    assert world.evaluate(extended) == (number - ((number >> (width - 1)) << width)) & _TOP
    assert arithmetic.possible_bits(facts, left) & number == number
    world.check()


@st.composite
def _flags(draw, world, width):
    left, right = draw(_forms(world, width)), draw(_forms(world, width))
    match draw(st.sampled_from(("sub", "sub", "add", "logic"))):
        case "sub":
            difference = arithmetic.truncate(world.facts, wrap_form(add_forms(left, right, -1)), width)
            return Flags("sub", width, left, right, difference, _ALL)
        case "add":
            total = arithmetic.truncate(world.facts, wrap_form(add_forms(left, right)), width)
            return Flags("add", width, left, right, total, _ALL)
    return Flags("logic", width, left, right, arithmetic.bit_and(world.facts, left, right, width), _ALL)


@settings(deadline=None, max_examples=200, database=None)
@given(st.data())
def test_conditions(data):
    world = World(data.draw(st.lists(_NUMBERS, min_size=1, max_size=2)))
    for _ in range(3):
        width = data.draw(_WIDTHS)
        flags = data.draw(_flags(world, width))
        known = ("b", "e", "s") if flags.kind == "add" else ("b", "be", "e", "s", "l", "le")
        condition = data.draw(st.sampled_from(known))
        yes, no = data.draw(_forms(world, width)), data.draw(_forms(world, width))
        chosen = choose(world.facts, condition, flags, yes, no, width)
        assert world.evaluate(chosen) == world.evaluate(yes if world.holds(condition, flags) else no)
        world.inputs.append(chosen)
        world.check()
        if not world.holds(condition, flags):
            condition = NEGATIONS[condition]
        assume_condition(world.facts, condition, flags)
        world.check()


@settings(deadline=None, max_examples=200, database=None)
@given(st.data())
def test_bounds_are_bounds(data):
    numbers = data.draw(st.lists(st.integers(0, 40), min_size=3, max_size=4))
    world = World(numbers)
    for _ in range(5):
        form = number_form(0)
        for each in world.inputs:
            form = add_forms(form, each, data.draw(st.integers(-3, 3)))
        slack = data.draw(st.integers(0, 3))
        world.facts.assume(shift_form(form, slack - world.evaluate(form)))
    world.check()
    goal = number_form(0)
    for each in world.inputs:
        goal = add_forms(goal, each, data.draw(st.integers(-3, 3)))
    number = world.evaluate(goal)
    assert world.facts.lower_bound(goal) <= number
    assert not world.facts.proves(shift_form(goal, -number - 1))


def test_short_proofs_are_found_beside_many_facts() -> None:
    """One fact is enough; a search that goes deep at once spends its steps on the many before it."""
    facts = Facts(Symbols())

    def make(name: str) -> Linear:
        return symbol_form(facts.symbols.find(Input("number", name), _TOP))

    offset, limit = make("offset"), make("limit")
    others = [make(f"other {number}") for number in range(40)]
    facts.assume(add_forms(limit, offset, -1))
    for number, other in enumerate(others[:20]):
        facts.assume(add_forms(other, offset, -1))
        for further in others[20:]:
            facts.assume(shift_form(add_forms(further, other, -1), number))
    assert facts.proves(add_forms(limit, offset, -1))
    assert not facts.proves(shift_form(add_forms(limit, offset, -1), -1))
