"""One pipe while it runs: what it keeps from word to word, and what it makes of one.

In: words of the stream, and the values kept. Out: words and values. A lifted pipe takes a word at once; any
other runs its steps for each unit of the word, in the order of the stream.

    register of a lifted pipe    a sum: two sums of words and two counts of carries, used in turn, so that one
                                 addition need not wait for the other; `^`: two words
    register of another pipe     itself
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ashc.language import syntax
from ashc.lowering.frame import Frame
from ashc.lowering.word import (
    BYTES,
    Word,
    compute_wide,
    put_number,
    swap_bytes,
    swap_numbers,
    take_number,
    take_word,
)
from ashc.pipes import lift
from ashc.pipes.lift import Kind, Lifted, lift_pipe
from ashc.pipes.pipe import Pipe, Register
from grammar.lowering.expression import lower_number
from grammar.lowering.meaning import Variable
from grammar.lowering.operand import Known, Made, Operand
from runtime.ir.nodes import Order, Type, Value

_TYPES = {8: Type.U8, 16: Type.U16, 32: Type.U32, 64: Type.U64}

Guard = Callable[[int], Value | None]
"""Tells, for the first byte of a unit, the condition that the stream goes so far; None: it always does."""


@dataclass(frozen=True, slots=True)
class Use:
    """A pipe in a list: `prefix` are its registers' names up to the dot; empty if it has none."""

    pipe: Pipe
    prefix: str


@dataclass(frozen=True, slots=True)
class Running:
    """A pipe in the making of a loop.

    Args:
        lifted: None where units are run one by one.
        order: of the words that the registers of a lifted pipe take in; at the end they are turned around
            where the pipe says otherwise.
    """

    use: Use
    lifted: Lifted | None
    order: Order

    @property
    def pipe(self) -> Pipe:
        """Which one."""
        return self.use.pipe

    @property
    def modifies(self) -> bool:
        """Whether other bytes may come out than go in."""
        if self.pipe.no_mod:
            return False
        identity = self.lifted is not None and self.lifted.output == lift.Word()
        return not identity or self.pipe.input.order != self.pipe.output.order

    def start(self, frame: Frame) -> list[Value]:
        """Return the values to keep at first: what the registers hold."""
        return [value for register in self.pipe.registers for value in self._start(frame, register)]

    def finish(self, frame: Frame, values: Sequence[Value]) -> None:
        """Give the registers what they are at the end."""
        rest = list(values)
        for register in self.pipe.registers:
            number = self._finish(frame, register, rest)
            name = f"{self.use.prefix}.{register.name}"
            frame.names[name] = Variable(Made(number, (1 << register.bits) - 1), changes=True)

    def run(
        self, frame: Frame, word: Word, values: Sequence[Value], turn: int, guard: Guard
    ) -> tuple[Word, list[Value]]:
        """Return what comes out for `word`, and the values to keep.

        Args:
            frame: of the function.
            word: its bytes behind the end of the stream are 0.
            values: kept so far.
            turn: number of the word.
            guard: says which units there are.
        """
        if self.lifted is None:
            return self._run_units(frame, word, values, guard)
        kept = list(values)
        place = 0
        for _, kind in self.lifted.registers:
            place += self._take(frame, kind, word, kept, place, turn)
        return self._change(frame, word, self.lifted), kept

    def _kind(self, register: Register) -> Kind | None:
        if self.lifted is None:
            return None
        return next(kind for each, kind in self.lifted.registers if each == register)

    def _start(self, frame: Frame, register: Register) -> list[Value]:
        meaning = frame.names[f"{self.use.prefix}.{register.name}"]
        assert isinstance(meaning, Variable), "registers are variables"
        value, kind, zero = frame.value(meaning.operand), self._kind(register), frame.number(0)
        if kind is None:
            narrow = _TYPES[register.bits]
            return [value if narrow is Type.U64 else frame.builder.narrow(narrow, value)]
        if self.order != self.pipe.input.order and not _is_zero(meaning.operand):
            value = swap_bytes(frame.builder, value, register.bits, register.bits)
        return [value, zero, zero, zero] if kind == "sum" else [value, zero]

    def _finish(self, frame: Frame, register: Register, rest: list[Value]) -> Value:
        builder, kind = frame.builder, self._kind(register)
        if kind is None:
            value = rest.pop(0)
            return value if register.bits == 64 else builder.convert(Type.U64, value)
        if kind == "sum":
            first, second, carries, more = (rest.pop(0) for _ in range(4))
            total = _carry_add(frame, first, second)
            carried = builder.binary("add", carries, more, wrapping=True)
            value = _fold(frame, _carry_add(frame, total, carried), register.bits)
        else:
            value = builder.binary("xor", rest.pop(0), rest.pop(0))
            for half in (32, 16, 8):
                if half >= register.bits:
                    down = builder.binary("lshr", value, frame.number(half))
                    value = builder.binary(
                        "and", builder.binary("xor", value, down), frame.number((1 << half) - 1)
                    )
        if self.order != self.pipe.input.order:
            value = swap_bytes(builder, value, register.bits, register.bits)
        return value

    def _take(self, frame: Frame, kind: Kind, word: Word, kept: list[Value], place: int, turn: int) -> int:
        """Let a register take the word in; return how many values it has."""
        builder, value = frame.builder, take_word(frame.builder, word, self.order)
        if kind == "xor":
            kept[place + turn % 2] = builder.binary("xor", kept[place + turn % 2], value)
            return 2
        total, count = place + turn % 2, place + 2 + turn % 2
        kept[total] = builder.binary("add", kept[total], value, wrapping=True)
        carry = builder.convert(Type.U64, builder.compare("ult", kept[total], value))
        kept[count] = builder.binary("add", kept[count], carry, wrapping=True)
        return 4

    def _change(self, frame: Frame, word: Word, lifted: Lifted) -> Word:
        input_, output = self.pipe.input, self.pipe.output
        if lifted.output != lift.Word():
            value = take_word(frame.builder, word, input_.order)
            word = Word({input_.order: compute_wide(frame.builder, lifted.output, value, input_.bits)})
        if not self.pipe.no_mod and input_.order != output.order and input_.bits > 8:
            word = swap_numbers(frame.builder, word, input_.bits)
        return word

    def _run_units(
        self, frame: Frame, word: Word, values: Sequence[Value], guard: Guard
    ) -> tuple[Word, list[Value]]:
        builder, pipe, kept = frame.builder, self.pipe, list(values)
        value, out = take_word(builder, word, pipe.input.order), frame.number(0)
        for place in range(0, BYTES, pipe.unit):
            condition = guard(place)
            if condition is None:
                outputs, kept = self._run_steps(frame, value, place, kept)
            else:
                builder.if_(condition)
                inside, after = self._run_steps(frame, value, place, kept)
                builder.yield_(*inside, *after)
                builder.else_()
                builder.yield_(*[frame.number(0)] * len(inside), *kept)
                targets = builder.end()
                outputs, kept = list(targets[: len(inside)]), list(targets[len(inside) :])
            for output in outputs:
                out = builder.binary("or", out, output)
        return (word if pipe.no_mod else Word({pipe.output.order: out})), kept

    def _run_steps(
        self, frame: Frame, word: Value, place: int, kept: list[Value]
    ) -> tuple[list[Value], list[Value]]:
        """Run the steps for the unit at byte `place`; return its outputs in place, and the registers."""
        pipe, builder = self.pipe, frame.builder
        names: dict[str, object] = {
            register.name: Variable(self._widen(frame, register, value))
            for register, value in zip(pipe.registers, kept, strict=True)
        }
        after, outputs = dict(zip((each.name for each in pipe.registers), kept, strict=True)), list[Value]()
        at_input = at_output = place
        with frame.seeing(names, ()), builder.trusting():
            before, frame.pipe = frame.pipe, pipe
            for step in pipe.steps:
                match step:
                    case syntax.Input(name=name):
                        number = take_number(builder, word, pipe.input.order, at_input, pipe.input.bits)
                        frame.names[name] = Variable(Made(number, (1 << pipe.input.bits) - 1))
                        at_input += pipe.input.bytes
                    case syntax.Let(name=name, value=value):
                        frame.names[name] = Variable(lower_number(frame, value))
                    case syntax.Assign(target=target, value=value):
                        register = next(each for each in pipe.registers if each.name == target.name)
                        after[register.name] = self._narrow(frame, register, lower_number(frame, value))
                        wide = self._widen(frame, register, after[register.name])
                        frame.names[register.name] = Variable(wide)
                    case syntax.Output(value=value):
                        made = frame.value(lower_number(frame, value))
                        outputs.append(
                            put_number(builder, made, pipe.output.order, at_output, pipe.output.bits)
                        )
                        at_output += pipe.output.bytes
            frame.pipe = before
        return outputs, list(after.values())

    def _widen(self, frame: Frame, register: Register, value: Value) -> Operand:
        wide = value if register.bits == 64 else frame.builder.convert(Type.U64, value)
        return Made(wide, (1 << register.bits) - 1)

    def _narrow(self, frame: Frame, register: Register, operand: Operand) -> Value:
        value = frame.value(operand)
        return value if register.bits == 64 else frame.builder.narrow(_TYPES[register.bits], value)


def run_pipes(frame: Frame, uses: Sequence[Use], loads: Order) -> list[Running]:
    """Return the pipes of a list; `loads` is the order in which words are loaded."""
    found: list[Running] = []
    order = loads
    for use in uses:
        lifted = lift_pipe(frame.scope, use.pipe)
        found.append(Running(use, lifted, use.pipe.input.order if _cares(lifted) else order))
        order = use.pipe.output.order if found[-1].modifies else order
    return found


def choose_order(frame: Frame, uses: Sequence[Use]) -> Order:
    """Return the order in which the first pipe that cares for it wants words."""
    for use in uses:
        lifted = lift_pipe(frame.scope, use.pipe)
        if lifted is None or lifted.output != lift.Word() or _cares(lifted):
            return use.pipe.input.order
        if use.pipe.input.order != use.pipe.output.order and not use.pipe.no_mod:
            return "be" if use.pipe.input.bits == 32 else "le"
    return "le"


def _cares(lifted: Lifted | None) -> bool:
    """Say whether the order of the words matters to what a lifted pipe keeps.

    To turn the two bytes of a number around is to multiply it by 256 modulo 65535, so sums of 16 bits can be
    turned around at the end. Four bytes turned around are no multiple.
    """
    return lifted is not None and any(
        kind == "sum" and register.bits > 16 for register, kind in lifted.registers
    )


def _is_zero(operand: Operand) -> bool:
    return operand == Known(0)


def _carry_add(frame: Frame, left: Value, right: Value) -> Value:
    """Return the sum of two words, the carry added at the other end: it cannot be carried again."""
    builder = frame.builder
    total = builder.binary("add", left, right, wrapping=True)
    carry = builder.convert(Type.U64, builder.compare("ult", total, right))
    return builder.binary("add", total, carry, wrapping=True)


def _fold(frame: Frame, value: Value, bits: int) -> Value:
    """Return the sum of the numbers of `bits` in a word, carries added at the other end."""
    builder = frame.builder
    for half in (32, 16, 8):
        for _ in range(2 if half >= bits else 0):
            low = builder.binary("and", value, frame.number((1 << half) - 1))
            value = builder.binary("add", low, builder.binary("lshr", value, frame.number(half)))
    return builder.binary("and", value, frame.number((1 << bits) - 1))  # changes nothing: for the prover
