"""Write the LLVM IR of bodies: instructions, structured `if` and `for` as basic blocks with phis.

In: a function's bodies, in order. Out: lines in a `Writer`. Values are SSA already, so every operand is a
number or the name of one LLVM value; only the count of emitted tuples lives in memory, until LLVM's first
pass.
"""

from __future__ import annotations

from typing import Protocol

from runtime.codegen.ahead import DISTANCE, find_ahead
from runtime.codegen.codes import GEN002
from runtime.codegen.convention import tuple_bytes
from runtime.codegen.writer import Writer, llvm_type
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
from runtime.ir.value_types import find_value_types

_MAY_WRAP = ("add", "sub", "mul", "shl")


class Frame(Protocol):
    """What stands around a body, and where its returns lead.

    Before the body is written, the frame defines `%region.NAME` and `%length.NAME` for the regions,
    `%parameter.NAME` or `%narrow.NAME` for the parameters, and, if the function emits, `%emits` and `%count`,
    a variable in memory that holds 0.
    """

    def write_return(self, writer: Writer, operands: tuple[tuple[str, Type], ...]) -> None:
        """End the block: the function returns these."""

    def write_overflow(self, writer: Writer) -> None:
        """End the block: there is no room for another tuple, which cannot happen."""


class BodyWriter:
    """The state of writing one function: the text so far, and the LLVM operand of each value.

    Args:
        function: what to write.
        frame: what stands around its body.
        guarded: whether emits are guarded.
    """

    def __init__(self, function: Function, frame: Frame, guarded: bool) -> None:
        self.writer = Writer()
        self._frame = frame
        self._function = function
        self._types = find_value_types(function)
        self._guard_emits = guarded
        self._operands: dict[Value, str] = {}
        for number, parameter in enumerate(function.parameters):
            prefix = "narrow" if parameter.type.bits < 64 else "parameter"
            self._operands[Value(number)] = f"%{prefix}.{parameter.name}"

    def write_body(self, body: Body) -> None:
        """Append the instructions of `body`; a final `Yield` or `Next` is left to the caller."""
        for instruction in body:
            self._write_instruction(instruction)

    def _write_instruction(self, instruction: Instruction) -> None:
        match instruction:
            case Constant(target=target, type=type_, number=number):
                self._operands[target] = _print_number(type_, number)
            case Binary():
                self._write_binary(instruction)
            case Compare(target=target, operator=operator, left=left, right=right):
                self._define(target, f"icmp {operator} {self._typed(left)}, {self._operands[right]}")
            case Convert():
                self._write_convert(instruction)
            case Select(target=target, condition=condition, yes=yes, no=no):
                arms = f"{self._typed(yes)}, {self._typed(no)}"
                self._define(target, f"select i1 {self._operands[condition]}, {arms}")
            case Length(target=target, region=name):
                region = next(region for region in self._function.regions if region.name == name)
                self._operands[target] = str(region.maximum) if region.constant else f"%length.{name}"
            case Load(target=target, type=type_, region=region_name, offset=offset, order=order):
                place = self.writer.index(f"%region.{region_name}", self._operands[offset])
                loaded = self.writer.add_value(f"load {llvm_type(type_)}, ptr {place}, align 1")
                self._operands[target] = self._swap(loaded, type_, order)
            case Store(region=region_name, offset=offset, value=value, order=order):
                type_ = self._types[value]
                place = self.writer.index(f"%region.{region_name}", self._operands[offset])
                stored = self._swap(self._operands[value], type_, order)
                self.writer.add_line(f"store {llvm_type(type_)} {stored}, ptr {place}, align 1")
            case Lookup():
                raise AssertionError("`specialize_tables` has replaced the lookups")
            case Call(primitive=primitive, span=span):
                raise Refused(
                    Diagnostic(
                        GEN002.code,
                        f"`{primitive}` is a kernel service, and native code calls nothing",
                        span,
                        ("run the function with `--engine interpreter`",),
                    )
                )
            case Emit():
                self._write_emit(instruction)
            case If():
                self._write_if(instruction)
            case For():
                self._write_for(instruction)
            case Return(values=values):
                operands = tuple((self._operands[value], self._types[value]) for value in values)
                self._frame.write_return(self.writer, operands)
            case Yield() | Next():
                return

    def _write_binary(self, binary: Binary) -> None:
        exact = " nuw" if binary.operator in _MAY_WRAP and not binary.wrapping else ""
        operands = f"{self._typed(binary.left)}, {self._operands[binary.right]}"
        self._define(binary.target, f"{binary.operator}{exact} {operands}")

    def _write_convert(self, convert: Convert) -> None:
        width, wanted = self._types[convert.value].bits, convert.type.bits
        source, type_ = self._typed(convert.value), llvm_type(convert.type)
        if width < wanted:
            self._define(convert.target, f"zext {source} to {type_}")
        elif width > wanted:
            exact = "" if convert.wrapping else " nuw"
            self._define(convert.target, f"trunc{exact} {source} to {type_}")
        else:
            self._operands[convert.target] = self._operands[convert.value]

    def _write_if(self, branch: If) -> None:
        """Append  br c, then, else   then: ... br join   else: ... br join   join: phis."""
        then, otherwise, join = (self.writer.make_label(stem) for stem in ("then", "else", "join"))
        likely = not self._guard_emits and _holds_emit(branch.then) and not _holds_emit(branch.otherwise)
        self.writer.branch(self._operands[branch.condition], then, otherwise, likely)
        arriving: list[tuple[str, tuple[Value, ...]]] = []
        for label, arm in ((then, branch.then), (otherwise, branch.otherwise)):
            self.writer.start_block(label)
            self.write_body(arm)
            if isinstance(arm[-1], Yield):
                arriving.append((self.writer.block, arm[-1].values))
                self.writer.jump(join)
        if arriving:
            self.writer.start_block(join)
            self._write_phis(branch.targets, arriving)

    def _write_for(self, loop: For) -> None:
        """Append  br head   head: phis, i < count?   body: ... i + 1, br head   exit: phis.

        Where emits are not guarded the test comes last, which saves a jump:
        0 < count?   head: phis ... i + 1, i + 1 < count?   exit: phis.
        """
        head, body, exit_ = (self.writer.make_label(stem) for stem in ("head", "body", "exit"))
        before, after, count = self.writer.block, f"%{head}.after", self._operands[loop.count]
        leaving: list[tuple[str, tuple[Value, ...]]] = []
        if self._guard_emits:
            self.writer.jump(head)
        else:
            leaving.append((before, loop.initial))
            self.writer.branch(self.writer.add_value(f"icmp ult i64 0, {count}"), head, exit_)
        self.writer.start_block(head)
        hole = len(self.writer.lines)  # the phis' second operands are known only after the body
        self._operands[loop.index] = f"%{head}.index"
        for carried in loop.carried:
            self._operands[carried] = f"%v{carried}"
        if self._guard_emits:
            leaving.append((head, loop.carried))
            going = self.writer.add_value(f"icmp ult i64 %{head}.index, {count}")
            self.writer.branch(going, body, exit_)
            self.writer.start_block(body)
        ahead = find_ahead(self._function, loop)
        for position, instruction in enumerate(loop.body):
            if position in ahead:
                self._write_prefetch(instruction)
            self._write_instruction(instruction)
        phis = [f"  %{head}.index = phi i64 [ 0, %{before} ]"]
        for carried, initial in zip(loop.carried, loop.initial, strict=True):
            phis.append(f"  %v{carried} = phi {self._type(carried)} [ {self._operands[initial]}, %{before} ]")
        last = loop.body[-1]
        if isinstance(last, Next):
            self.writer.add_line(f"{after} = add nuw i64 %{head}.index, 1")
            again = (after, *(self._operands[value] for value in last.values))
            phis = [
                f"{phi}, [ {value}, %{self.writer.block} ]" for phi, value in zip(phis, again, strict=True)
            ]
            conditions = [] if last.condition is None else [self._operands[last.condition]]
            if not self._guard_emits:
                conditions.append(self.writer.add_value(f"icmp ult i64 {after}, {count}"))
            if conditions:
                leaving.append((self.writer.block, last.values))
                self.writer.branch(self._all(conditions), head, exit_)
            else:
                self.writer.jump(head)
        self.writer.lines[hole:hole] = phis
        self.writer.start_block(exit_)
        self._write_phis(loop.targets, leaving)

    def _write_prefetch(self, access: Instruction) -> None:
        """Append the prefetch of what a later round accesses; the address may be outside the region."""
        assert isinstance(access, Load | Store), "these are fetched ahead"
        far = self.writer.add_value(f"add i64 {self._operands[access.offset]}, {DISTANCE}")
        self.writer.prefetch(f"%region.{access.region}", far)

    def _write_phis(self, targets: tuple[Value, ...], arriving: list[tuple[str, tuple[Value, ...]]]) -> None:
        for place, target in enumerate(targets):
            sources = ", ".join(
                f"[ {self._operands[values[place]]}, %{block} ]" for block, values in arriving
            )
            self._define(target, f"phi {self._type(target)} {sources}")

    def _write_emit(self, emit: Emit) -> None:
        """Append the stores of one packed tuple at emits + count * size, and count + 1."""
        count = self.writer.add_value("load i64, ptr %count, align 8")
        if self._guard_emits:
            self._write_guard(count)
        size = tuple_bytes(self._function.emits)
        start = count if size == 1 else self.writer.add_value(f"mul nuw nsw i64 {count}, {size}")
        for value, type_ in zip(emit.values, self._function.emits, strict=True):
            width = max(8, type_.bits)
            stored = self.writer.widen(self._operands[value], type_, f"i{width}")
            place = self.writer.index("%emits", start)
            self.writer.add_line(f"store i{width} {stored}, ptr {place}, align 1")
            start = self.writer.add_value(f"add nuw nsw i64 {start}, {width // 8}")
        more = self.writer.add_value(f"add nuw nsw i64 {count}, 1")
        self.writer.add_line(f"store i64 {more}, ptr %count, align 8")

    def _write_guard(self, count: str) -> None:
        """Append  count < limit or overflow."""
        room, full = self.writer.make_label("room"), self.writer.make_label("full")
        left = self.writer.add_value(f"icmp ult i64 {count}, {self._function.emit_limit}")
        self.writer.branch(left, room, full)
        self.writer.start_block(full)
        self._frame.write_overflow(self.writer)
        self.writer.start_block(room)

    def _all(self, conditions: list[str]) -> str:
        """Return the conjunction of one or two conditions."""
        first, *others = conditions
        return self.writer.add_value(f"and i1 {first}, {others[0]}") if others else first

    def _swap(self, operand: str, type_: Type, order: Order) -> str:
        """Return the operand with its bytes in the other order, where `order` is not the machine's."""
        if order == "le" or type_.bits <= 8:
            return operand
        width = llvm_type(type_)
        return self.writer.add_value(f"call {width} @llvm.bswap.{width}({width} {operand})")

    def _define(self, target: Value, text: str) -> None:
        self.writer.add_line(f"%v{target} = {text}")
        self._operands[target] = f"%v{target}"

    def _type(self, value: Value) -> str:
        return llvm_type(self._types[value])

    def _typed(self, value: Value) -> str:
        return f"{self._type(value)} {self._operands[value]}"


def _holds_emit(body: Body) -> bool:
    """Say whether one of the instructions is an `Emit`."""
    return any(isinstance(instruction, Emit) for instruction in body)


def _print_number(type_: Type, number: int) -> str:
    """Return a literal; LLVM reads i1 as true and false."""
    if type_ is Type.U1:
        return "true" if number else "false"
    return str(number)
