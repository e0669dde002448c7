"""Move data through a list of pipes in one loop, eight bytes at a time, for any length and alignment.

In: where the bytes come from and go to, how many there are, the pipes. Out: instructions; the registers of
the pipes are variables. Most words are taken in fours; then come the words that are left, and then up to
seven bytes, filled up with zeros.

    for %i < n / 32 { four words: load, pipe, pipe ..., store }
    for %i < n % 32 / 8 { one word }
    if n % 8 != 0 { load 4, 2, 1 bytes; pipe, pipe ...; store 4, 2, 1 bytes }

Source: Engler and Kaashoek, SIGCOMM 1996 (DILP): a pipe list is compiled to one copy loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ashc.lowering.frame import Frame
from ashc.lowering.running import Running, Use, choose_order, run_pipes
from ashc.lowering.word import BYTES, Word, keep_first, take_word
from grammar.lowering.arithmetic import combine
from grammar.lowering.operand import Known, Made, Operand
from runtime.ir.nodes import Order, Type, Value
from runtime.source import Span

_UNROLLED = 4
_MOST_UNROLLED_UNITS = 8
"""Where pipes run so many units of a word one by one, four words at once are too much code."""

_STEPS = ((4, Type.U32), (2, Type.U16), (1, Type.U8))


@dataclass(frozen=True, slots=True)
class End:
    """Where bytes come from or go to."""

    region: str
    offset: Operand


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is moved.

    Args:
        source: from where.
        sink: to where; None: the bytes are only looked at.
        count: how many bytes.
        most: `count` is at most so much.
        uses: the pipes, in order.
    """

    source: End
    sink: End | None
    count: Operand
    most: int
    uses: tuple[Use, ...]
    span: Span


def fuse(frame: Frame, transfer: Transfer) -> None:
    """Lower a transfer; that there are `count` bytes at both ends has been demanded."""
    order = choose_order(frame, transfer.uses)
    fuser = _Fuser(frame, transfer, run_pipes(frame, transfer.uses, order), order)
    with frame.builder.at(transfer.span):
        fuser.run()


class _Fuser:
    """One transfer in the making.

    Args:
        frame: of the function.
        transfer: what is moved.
        pipes: in order.
        order: in which words are loaded.
    """

    def __init__(self, frame: Frame, transfer: Transfer, pipes: Sequence[Running], order: Order) -> None:
        self._frame, self._builder = frame, frame.builder
        self._transfer, self._pipes, self._order = transfer, pipes, order
        units = sum(BYTES // pipe.pipe.unit for pipe in pipes if pipe.lifted is None)
        self._unrolled = _UNROLLED if units < _MOST_UNROLLED_UNITS else 1

    def run(self) -> None:
        """Make the loops."""
        frame, count = self._frame, self._transfer.count
        values = [pipe.start(frame) for pipe in self._pipes]
        chunk = BYTES * self._unrolled
        chunks = combine(frame, ">>", count, Known(chunk.bit_length() - 1), self._transfer.span)
        done: Operand = Known(0)
        done, values = self._loop(done, chunks, self._transfer.most // chunk, self._unrolled, values)
        if self._unrolled > 1:
            rest = combine(frame, "-", count, done, self._transfer.span)
            words = combine(frame, ">>", rest, Known(3), self._transfer.span)
            done, values = self._loop(done, words, self._unrolled - 1, 1, values)
        values = self._run_tail(done, values)
        for pipe, kept in zip(self._pipes, values, strict=True):
            pipe.finish(frame, kept)

    def _loop(
        self, start: Operand, times: Operand, most: int, words: int, values: list[list[Value]]
    ) -> tuple[Operand, list[list[Value]]]:
        """Make a loop that moves `words` words in each round, `times` times, from `start` on.

        Where it is, it counts itself: of numbers that are computed anew behind it, from the number of rounds,
        nobody could prove what they have to do with those inside.
        """
        most = min(most, times.number) if isinstance(times, Known) else most
        if not most:
            return start, values
        frame, builder = self._frame, self._builder
        flat = [value for kept in values for value in kept]
        opened = builder.for_(frame.value(times), most, [frame.value(start), *flat])
        at, kept = opened.carried[0], self._split(values, opened.carried[1:])
        for turn in range(words):
            place = builder.binary("add", at, frame.number(BYTES * turn)) if turn else at
            kept = self._run_word(place, turn, kept)
        at = builder.binary("add", at, frame.number(BYTES * words))
        builder.next_(at, *(value for each in kept for value in each), condition=None)
        end, *rest = builder.end()
        if isinstance(start, Known) and isinstance(times, Known):
            return Known(start.number + BYTES * words * times.number), self._split(values, rest)
        return Made(end, self._transfer.most), self._split(values, rest)

    def _split(self, like: list[list[Value]], flat: Sequence[Value]) -> list[list[Value]]:
        """Return `flat` cut into as many values for each pipe as in `like`."""
        rest = list(flat)
        return [[rest.pop(0) for _ in each] for each in like]

    def _run_word(self, at: Value, turn: int, values: list[list[Value]]) -> list[list[Value]]:
        """Move one word, `at` bytes from the ends' offsets."""
        source, sink = self._transfer.source, self._transfer.sink
        place = self._place(source, at)
        word = Word({self._order: self._builder.load(Type.U64, source.region, place, self._order)})
        word, values = self._pass_on(word, turn, values, None)
        if sink is not None:
            order = word.order("le")
            self._builder.store(sink.region, self._place(sink, at), word.values[order], order)
        return values

    def _pass_on(
        self, word: Word, turn: int, values: list[list[Value]], limit: Operand | None
    ) -> tuple[Word, list[list[Value]]]:
        """Send a word through all pipes; `limit` is how many of its bytes there are, None for all."""
        after: list[list[Value]] = []
        for pipe, kept in zip(self._pipes, values, strict=True):
            word, kept = pipe.run(self._frame, word, kept, turn, lambda place: self._is_there(place, limit))
            if limit is not None and pipe.modifies:
                known = limit.number if isinstance(limit, Known) else None
                word = keep_first(self._builder, word, self._frame.value(limit), known)
            after.append(kept)
        return word, after

    def _is_there(self, place: int, limit: Operand | None) -> Value | None:
        """Return the condition that byte `place` of a word is there, None if it is in any case."""
        if limit is None or place == 0:
            return None
        if isinstance(limit, Known):
            return self._builder.constant(Type.U1, int(place < limit.number))
        return self._builder.compare("ult", self._frame.number(place), limit.value)

    def _place(self, end: End, at: Value) -> Value:
        if end.offset == Known(0):
            return at
        return self._builder.binary("add", at, self._frame.value(end.offset))

    def _run_tail(self, done: Operand, values: list[list[Value]]) -> list[list[Value]]:
        """Move what is behind the last whole word."""
        frame, builder = self._frame, self._builder
        limit = combine(frame, "-", self._transfer.count, done, self._transfer.span)
        if isinstance(limit, Known):
            return self._move_tail(frame.value(done), limit, values) if limit.number else values
        builder.if_(builder.compare("ult", frame.number(0), limit.value))
        after = self._move_tail(frame.value(done), limit, values)
        builder.yield_(*(value for each in after for value in each))
        builder.else_()
        builder.yield_(*(value for each in values for value in each))
        return self._split(values, builder.end())

    def _move_tail(self, done: Value, limit: Operand, values: list[list[Value]]) -> list[list[Value]]:
        source, sink = self._transfer.source, self._transfer.sink
        loaded = self._load_tail(source.region, self._place(source, done), limit, 0, 0)
        word, values = self._pass_on(Word({"le": loaded}), 0, values, limit)
        if sink is not None:
            value = take_word(self._builder, word, "le")
            self._store_tail(sink.region, self._place(sink, done), limit, value, 0, 0)
        return values

    def _load_tail(self, region: str, place: Value, limit: Operand, known: int, number: int) -> Value:
        """Return the bytes from `known` on, as part of a word of order `le`; `number` is the next step.

        if known + 4 <= limit { load 4 bytes, and the rest from known + 4 on } else { the rest }
        """
        builder = self._builder
        if number == len(_STEPS):
            return self._frame.number(0)
        size, type_ = _STEPS[number]
        condition = self._reaches(known + size, limit)
        if condition is False:
            return self._load_tail(region, place, limit, known, number + 1)
        if condition is not True:
            builder.if_(condition)
        at = builder.binary("add", place, self._frame.number(known)) if known else place
        loaded = builder.load(type_, region, at, "be" if type_ is Type.U8 else "le")
        wide = builder.convert(Type.U64, loaded)
        if known:
            wide = builder.binary("shl", wide, self._frame.number(8 * known), wrapping=True)
        rest = self._load_tail(region, place, limit, known + size, number + 1)
        both = builder.binary("or", wide, rest)
        if condition is True:
            return both
        builder.yield_(both)
        builder.else_()
        builder.yield_(self._load_tail(region, place, limit, known, number + 1))
        return builder.end()[0]

    def _store_tail(
        self, region: str, place: Value, limit: Operand, word: Value, known: int, number: int
    ) -> None:
        """Store the bytes of `word` from `known` on."""
        builder = self._builder
        if number == len(_STEPS):
            return
        size, type_ = _STEPS[number]
        condition = self._reaches(known + size, limit)
        if condition is False:
            self._store_tail(region, place, limit, word, known, number + 1)
            return
        if condition is not True:
            builder.if_(condition)
        at = builder.binary("add", place, self._frame.number(known)) if known else place
        part = builder.binary("lshr", word, self._frame.number(8 * known)) if known else word
        builder.store(region, at, builder.narrow(type_, part), "be" if type_ is Type.U8 else "le")
        self._store_tail(region, place, limit, word, known + size, number + 1)
        if condition is not True:
            builder.else_()
            self._store_tail(region, place, limit, word, known, number + 1)
            builder.end()

    def _reaches(self, size: int, limit: Operand) -> Value | bool:
        if isinstance(limit, Known):
            return size <= limit.number
        if size > BYTES - 1:
            return False
        return self._builder.compare("ule", self._frame.number(size), limit.value)
