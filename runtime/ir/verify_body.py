"""Verify the instructions of a function: numbering, scopes, types, ends of bodies, declared names.

In: a function whose declarations are verified. Out: nothing, or a refusal with a code IR1xx. One walk in
text order, linear in the number of instructions; recursion only into bodies, whose depth is capped.

A value is *visible* from its definition to the end of the body that defines it. Numbers are dense (the rule
is in `runtime.ir.builder`), so the values of a body are one range, and leaving the body hides that range.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NoReturn, TypeAlias

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import (
    Binary,
    Body,
    Call,
    Compare,
    Constant,
    Convert,
    Emit,
    For,
    Function,
    If,
    Instruction,
    Length,
    Load,
    Lookup,
    Next,
    Order,
    Return,
    Select,
    Store,
    Type,
    Value,
    Yield,
)
from runtime.ir.primitives import PRIMITIVES
from runtime.source import Span

_Place: TypeAlias = Literal["function", "arm", "loop"]
_Ending: TypeAlias = Literal["yield", "next", "return"]
_BITWISE = ("and", "or", "xor")
_MAY_WRAP = ("add", "sub", "mul", "shl")
_PLACES: dict[_Place, str] = {
    "function": "the function's body ends with `return`",
    "arm": "an arm of an `if` ends with `yield` or `return`",
    "loop": "the body of a `for` ends with `next` or `return`",
}


def verify_body(function: Function) -> None:
    """Refuse a malformed body.

    Raises:
        Refused: IR103 and IR107 to IR123.
    """
    _Verifier(function).run()


class _Verifier:
    """What is known at one point of the walk."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._regions = {region.name: region for region in function.regions}
        self._tables = {table.name: table for table in function.tables}
        self._primitives = {primitive.name: primitive for primitive in PRIMITIVES}
        self._types = [parameter.type for parameter in function.parameters]
        self._visible = bytearray(b"\1" * len(self._types))
        self._carried: list[tuple[Type, ...]] = []  # of the loops around this point, innermost last
        self._yielded: list[tuple[Type, ...] | None] = []  # what the arms around this point yield, if known
        self._instructions = 0
        self._depth = 0

    def run(self) -> None:
        self._verify_body(self._function.body, "function", self._function.span)

    # Bodies

    def _verify_body(self, body: Body, place: _Place, span: Span) -> _Ending:
        """Verify a body and hide its values; `span` is that of the instruction that holds it."""
        if self._depth > limits.MAX_NESTING:
            _refuse("IR107", f"bodies are nested more than {limits.MAX_NESTING} deep", span, "return early")
        self._depth += 1
        first = len(self._types)
        ending: _Ending | None = None
        for instruction in body:
            if ending is not None:
                message = "no instruction can follow the end of a body"
                _refuse("IR108", message, instruction.span, "remove what is never executed")
            ending = self._verify_instruction(instruction, place)
        if ending is None:
            where = body[-1].span if body else span
            _refuse("IR109", f"this body has no end: {_PLACES[place]}", where, "add the missing end")
        self._visible[first:] = bytes(len(self._types) - first)
        self._depth -= 1
        return ending

    def _verify_if(self, branch: If, place: _Place) -> _Ending | None:
        """Verify both arms; the arms that yield decide the targets' types."""
        span = branch.span
        self._expect(branch.condition, Type.U1, span)
        self._yielded.append(None)
        endings = [self._verify_body(arm, "arm", span) for arm in (branch.then, branch.otherwise)]
        yielded = self._yielded.pop()
        if len(branch.targets) != len(yielded or ()):
            message = f"this `if` defines {len(branch.targets)} values, its arms yield {len(yielded or ())}"
            _refuse("IR110", message, span, "each arm yields one value per target")
        self._define(branch.targets, yielded or (), span)
        return "return" if endings == ["return", "return"] else None

    def _verify_for(self, loop: For) -> None:
        """Verify a loop; its carried numbers have the types of their initial values."""
        span = loop.span
        self._expect(loop.count, Type.U64, span)
        if not 0 <= loop.maximum <= limits.MAX_LOOP_COUNT:
            message = f"the loop may run {loop.maximum} times, the limit is {limits.MAX_LOOP_COUNT}"
            _refuse("IR103", message, span, "declare a smaller bound")
        if not len(loop.targets) == len(loop.carried) == len(loop.initial):
            message = (
                f"this `for` defines {len(loop.targets)} values, carries {len(loop.carried)} "
                f"and starts with {len(loop.initial)}"
            )
            _refuse("IR110", message, span, "write one target and one initial value per carried number")
        types = tuple(self._type(value, span) for value in loop.initial)
        first = len(self._types)
        self._define((loop.index, *loop.carried), (Type.U64, *types), span)
        self._carried.append(types)
        self._verify_body(loop.body, "loop", span)
        self._carried.pop()
        self._visible[first : first + 1 + len(types)] = bytes(1 + len(types))
        self._define(loop.targets, types, span)

    # Instructions

    def _verify_instruction(self, instruction: Instruction, place: _Place) -> _Ending | None:
        """Verify one instruction; the answer says how it ends its body, if it does."""
        self._instructions += 1
        if self._instructions > limits.MAX_INSTRUCTIONS:
            message = f"the function has more than {limits.MAX_INSTRUCTIONS} instructions"
            _refuse("IR103", message, instruction.span, "split the program")
        match instruction:
            case If():
                return self._verify_if(instruction, place)
            case For():
                self._verify_for(instruction)
            case Yield() | Next() | Return():
                return self._verify_ending(instruction, place)
            case Store() | Emit():
                self._verify_effect(instruction)
            case Call():
                self._verify_call(instruction)
            case _:
                type_ = self._verify_computation(instruction)
                self._define((instruction.target,), (type_,), instruction.span)
        return None

    def _verify_computation(
        self, instruction: Constant | Binary | Compare | Convert | Select | Length | Load | Lookup
    ) -> Type:
        """Verify an instruction with one target and return the target's type."""
        match instruction:
            case Constant(type=type_, number=number, span=span):
                if not 0 <= number <= type_.maximum:
                    message = f"{number:#x} is not a u{type_.bits}"
                    _refuse("IR111", message, span, f"the largest u{type_.bits} is {type_.maximum}")
                return type_
            case Binary():
                return self._verify_binary(instruction)
            case Compare(left=left, right=right, span=span):
                self._expect(right, self._type(left, span), span)
                return Type.U1
            case Convert(type=type_, value=value, span=span):
                self._type(value, span)
                return type_
            case Select(condition=condition, yes=yes, no=no, span=span):
                self._expect(condition, Type.U1, span)
                type_ = self._type(yes, span)
                self._expect(no, type_, span)
                return type_
            case Length(region=region, span=span):
                self._verify_region(region, "", span)
                return Type.U64
            case Load(type=type_, region=region, offset=offset, order=order, span=span):
                self._verify_access(region, "read", type_, order, offset, span)
                return type_
            case Lookup():
                return self._verify_lookup(instruction)

    def _verify_binary(self, instruction: Binary) -> Type:
        operator, span = instruction.operator, instruction.span
        type_ = self._type(instruction.left, span)
        self._expect(instruction.right, type_, span)
        if type_ is Type.U1 and operator not in _BITWISE:
            _refuse(
                "IR112", f"`{operator}` does not work on u1", span, "use `and`, `or` or `xor`, or convert"
            )
        if instruction.wrapping and operator not in _MAY_WRAP:
            message = f"`{operator}` never wraps"
            _refuse("IR113", message, span, "leave out `wrapping`: only add, sub, mul and shl can wrap")
        return type_

    def _verify_lookup(self, instruction: Lookup) -> Type:
        table = self._tables.get(instruction.table)
        if table is None:
            _refuse(
                "IR116", f"there is no table `{instruction.table}`", instruction.span, "declare the table"
            )
        self._expect_all(instruction.keys, table.keys, "key columns", instruction.span)
        return table.value

    def _verify_call(self, instruction: Call) -> None:
        primitive = self._primitives.get(instruction.primitive)
        if primitive is None:
            message = f"there is no primitive `{instruction.primitive}`"
            _refuse("IR117", message, instruction.span, f"there are: {', '.join(self._primitives)}")
        self._expect_all(instruction.arguments, primitive.arguments, "arguments", instruction.span)
        if len(instruction.targets) != len(primitive.results):
            message = (
                f"`{primitive.name}` gives {len(primitive.results)} values, not {len(instruction.targets)}"
            )
            _refuse("IR110", message, instruction.span, "write one target per result")
        self._define(instruction.targets, primitive.results, instruction.span)

    def _verify_effect(self, instruction: Store | Emit) -> None:
        match instruction:
            case Store(region=region, offset=offset, value=value, order=order, span=span):
                self._verify_access(region, "write", self._type(value, span), order, offset, span)
            case Emit(values=values, span=span):
                if not self._function.emits:
                    _refuse("IR118", "this function emits nothing", span, "declare `emits (...) max ...`")
                self._expect_all(values, self._function.emits, "emitted numbers", span)

    def _verify_ending(self, instruction: Yield | Next | Return, place: _Place) -> _Ending:
        span = instruction.span
        match instruction:
            case Yield(values=values):
                if place != "arm":
                    _refuse("IR119", "`yield` ends an arm of an `if` only", span, _PLACES[place])
                self._verify_yield(values, span)
                return "yield"
            case Next(condition=condition, values=values):
                if place != "loop":
                    _refuse("IR119", "`next` ends the body of a `for` only", span, _PLACES[place])
                if condition is not None:
                    self._expect(condition, Type.U1, span)
                self._expect_all(values, self._carried[-1], "carried numbers", span)
                return "next"
            case Return(values=values):
                self._expect_all(values, self._function.results, "results", span)
                return "return"

    def _verify_yield(self, values: tuple[Value, ...], span: Span) -> None:
        known = self._yielded[-1]
        if known is None:
            self._yielded[-1] = tuple(self._type(value, span) for value in values)
        else:
            self._expect_all(values, known, "values that the other arm yields", span)

    # Regions

    def _verify_access(
        self, region: str, right: str, type_: Type, order: Order, offset: Value, span: Span
    ) -> None:
        self._verify_region(region, right, span)
        self._expect(offset, Type.U64, span)
        if type_ is Type.U1:
            _refuse("IR120", "a u1 has no bytes in memory", span, "use u8 and `convert`")
        if type_ is Type.U8 and order != "be":
            _refuse("IR120", "a single byte has no byte order", span, 'a u8 has the order "be"')

    def _verify_region(self, name: str, right: str, span: Span) -> None:
        """Check that the region exists and grants `right`; every region grants "", asking its length."""
        region = self._regions.get(name)
        if region is None:
            _refuse("IR114", f"there is no region `{name}`", span, "declare the region")
        if right not in region.rights:
            message = f"region `{name}` is declared `{region.rights}`, this would {right} it"
            _refuse("IR115", message, span, "declare the region `read_write`")

    # Values

    def _define(self, targets: Sequence[Value], types: Sequence[Type], span: Span) -> None:
        for target, type_ in zip(targets, types, strict=True):
            if target != len(self._types):
                message = f"the next free number is %{len(self._types)}, not %{target}"
                note = "number values in the order in which their definitions end; see runtime/ir/builder.py"
                _refuse("IR121", message, span, note)
            self._types.append(type_)
            self._visible.append(1)

    def _type(self, value: Value, span: Span) -> Type:
        """Return the type of an operand."""
        if not (0 <= value < len(self._types) and self._visible[value]):
            why = "belongs to another body" if 0 <= value < len(self._types) else "is not defined yet"
            _refuse("IR122", f"%{value} {why}", span, "use a value of this body or of a body around it")
        return self._types[value]

    def _expect(self, value: Value, type_: Type, span: Span) -> None:
        actual = self._type(value, span)
        if actual is not type_:
            message = f"%{value} is u{actual.bits}, expected u{type_.bits}"
            _refuse("IR123", message, span, f"convert it: `convert u{type_.bits} %{value}`")

    def _expect_all(self, values: Sequence[Value], types: Sequence[Type], what: str, span: Span) -> None:
        if len(values) != len(types):
            message = f"{len(values)} values for {len(types)} {what}"
            _refuse("IR110", message, span, f"expected ({', '.join(f'u{type_.bits}' for type_ in types)})")
        for value, type_ in zip(values, types):
            self._expect(value, type_, span)


def _refuse(code: str, message: str, span: Span, note: str) -> NoReturn:
    raise Refused(Diagnostic(code, message, span, (note,)))
