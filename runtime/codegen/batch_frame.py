"""The form `batch`: a loop over messages with the body inside, so that calling costs nothing.

In: a packet filter. Out: the LLVM function, as lines. One iteration; what is in brackets only where the
filter emits:

    again:  done < count   [and first_id <= last_id]   and offset_place <= last_offset
            and length_place <= last_length, or stop
            ahead <= last_offset - offset_place: prefetch
    ready:  offset <= total and length <= total - offset and length <= maximum, or stop
            %region.message = data + offset, %length.message = length   [%emits = ids + first_id]
            ... body; a return leads to next ...
    next:   answers[done] = the answer   [or the count, which is added to first_id]
            the next place of each array; again
    stop:   [written = first_id]   return done

Offset and length are volatile: LLVM must not load again what has been checked. (If it did, the validator
would refuse the code.)
"""

from __future__ import annotations

from runtime.codegen.attributes import FUNCTION_ATTRIBUTES
from runtime.codegen.batch_convention import (
    ID_BYTES,
    Array,
    BatchArgument,
    Number,
    find_message,
    list_batch_arguments,
)
from runtime.codegen.body import BodyWriter
from runtime.codegen.emits import should_guard_emits
from runtime.codegen.writer import Writer
from runtime.ir.nodes import Function, Type
from runtime.tables.layout import TABLES_REGION

_HEADERS = 24
"""Where in a message to prefetch: the cache line of most fields that filters look at."""


def write_batch(function: Function) -> list[str]:
    """Return the lines of `function` in the form `batch`, which must be its form.

    Raises:
        Refused: GEN002 if the function calls a primitive.
    """
    loop = _Loop(function)
    body = BodyWriter(function, loop, should_guard_emits(function))
    loop.write_start(body.writer)
    body.write_body(function.body)
    loop.write_end(body.writer)
    arguments = ", ".join(_print_argument(each) for each in list_batch_arguments(function))
    start = f"define i64 @{function.name}({arguments}) {FUNCTION_ATTRIBUTES} {{"
    return [start, "entry:", *body.writer.lines, "}"]


def _print_argument(argument: BatchArgument) -> str:
    match argument:
        case Number(name=name):
            return f"i64 %batch.{name}"
        case Array(name=name, rights=rights):
            access = "readonly" if rights == "read" else "writeonly"
            owner = "region" if name == TABLES_REGION else "batch"
            return f"ptr noalias captures(none) {access} %{owner}.{name}"


class _Loop:
    """The frame of a body: its returns lead to the next message."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._message = find_message(function)
        self._counters = ["done", "offset_place", "length_place"] + ["first_id"] * bool(function.emits)
        self._answers: list[tuple[str, str]] = []  # the ways to `next`, each with the answer that it brings

    def write_return(self, writer: Writer, operands: tuple[tuple[str, Type], ...]) -> None:
        """Append what computes the answer, and the jump to the next message."""
        if self._function.emits:
            answer = writer.add_value("load i64, ptr %count, align 8")
        else:
            ((operand, type_),) = operands
            answer = writer.widen(operand, type_, "i32")
        self._answers.append((answer, writer.block))
        writer.jump("next")

    def write_overflow(self, writer: Writer) -> None:
        """Append the return of a number that no correct loop returns."""
        wrong = writer.add_value("add i64 %batch.count, 1")
        writer.add_line(f"ret i64 {wrong}")

    def write_start(self, writer: Writer) -> None:
        """Append what comes before the body."""
        if self._function.emits:
            writer.add_line("%count = alloca i64, align 8")
        writer.jump("again")
        writer.start_block("again")
        for name in self._counters:
            writer.add_line(f"%{name} = phi i64 [ 0, %entry ], [ %{name}.after, %next ]")
        _require(writer, "ult", "%done", "%batch.count")
        if self._function.emits:
            _require(writer, "ule", "%first_id", "%batch.last_id")
        _require(writer, "ule", "%offset_place", "%batch.last_offset")
        _require(writer, "ule", "%length_place", "%batch.last_length")
        _write_prefetch(writer)
        self._write_message(writer)

    def _write_message(self, writer: Writer) -> None:
        """Append loads and checks of offset and length, and what the body needs."""
        offset = _load_offset(writer, writer.index("%batch.offsets", "%offset_place"))
        place = writer.index("%batch.lengths", "%length_place")
        short = writer.add_value(f"load volatile i32, ptr {place}, align 1")
        length = f"%length.{self._message.name}"
        writer.add_line(f"{length} = zext i32 {short} to i64")
        _require(writer, "ule", offset, "%batch.total")
        left = writer.add_value(f"sub nuw i64 %batch.total, {offset}")
        _require(writer, "ule", length, left)
        _require(writer, "ule", length, str(self._message.maximum))
        writer.add_line(
            f"%region.{self._message.name} = getelementptr inbounds i8, ptr %batch.data, i64 {offset}"
        )
        if self._function.emits:
            start = writer.add_value(f"mul nuw nsw i64 %first_id, {ID_BYTES}")
            writer.add_line(f"%emits = getelementptr inbounds i8, ptr %batch.ids, i64 {start}")
            writer.add_line("store i64 0, ptr %count, align 8")

    def write_end(self, writer: Writer) -> None:
        """Append what comes behind the body."""
        writer.start_block("next")
        wide = "i64" if self._function.emits else "i32"
        answer = writer.add_value(f"phi {wide} " + ", ".join(f"[ {a}, %{b} ]" for a, b in self._answers))
        steps = ["1", "%batch.offset_stride", "%batch.length_stride", answer]
        if self._function.emits:
            answer = writer.add_value(f"trunc i64 {answer} to i32")
        place = writer.index("%batch.answers", writer.scale("%done", ID_BYTES, 0))
        writer.add_line(f"store i32 {answer}, ptr {place}, align 1")
        for name, step in zip(self._counters, steps, strict=False):
            writer.add_line(f"%{name}.after = add i64 %{name}, {step}")
        writer.jump("again")
        writer.start_block("stop")
        if self._function.emits:
            writer.add_line("store i64 %first_id, ptr %batch.written, align 8")
        writer.add_line("ret i64 %done")


def _require(writer: Writer, relation: str, left: str, right: str) -> None:
    """Append a branch to `stop` unless the relation holds."""
    holds, following = writer.add_value(f"icmp {relation} i64 {left}, {right}"), writer.make_label("going")
    writer.branch(holds, following, "stop")
    writer.start_block(following)


def _write_prefetch(writer: Writer) -> None:
    """Append the prefetch of a message further on. Wherever its offset leads, a prefetch cannot fault."""
    fetch, ready = writer.make_label("fetch"), writer.make_label("ready")
    left = writer.add_value("sub nuw i64 %batch.last_offset, %offset_place")
    writer.branch(writer.add_value(f"icmp ule i64 %batch.ahead, {left}"), fetch, ready)
    writer.start_block(fetch)
    place = writer.index("%batch.offsets", writer.add_value("add nuw i64 %offset_place, %batch.ahead"))
    far = writer.add_value(f"add i64 {_load_offset(writer, place)}, {_HEADERS}")
    writer.prefetch("%batch.data", far)
    writer.jump(ready)
    writer.start_block(ready)


def _load_offset(writer: Writer, place: str) -> str:
    """Return the offset at `place`."""
    loaded = writer.add_value(f"load volatile i64, ptr {place}, align 1")
    return writer.add_value(f"and i64 {loaded}, %batch.offset_mask")
