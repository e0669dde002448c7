"""Eight bytes of a stream as numbers of 64 bits: in either order of bytes, and the numbers of a gauge in it.

In: values of the function that is being made. Out: values. A word of order `le` has the first byte of the
stream lowest, one of order `be` has it highest; what loads and stores in that order do. Which of them a pipe
works on follows from its gauge, so that a number of the gauge is a run of bits, and no bytes have to be
turned around.

    stream      01 02 03 04 05 06 07 08
    le          0x0807060504030201          u16le numbers from the lowest bits up: 0x0201, 0x0403 ...
    be          0x0102030405060708          u16be numbers from the highest bits down: 0x0102, 0x0304 ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ashc.pipes import lift
from ashc.pipes.lift import Wide
from grammar.lowering.writer import Writer
from runtime.ir.nodes import Order, Type, Value

BYTES = 8
_TOP = (1 << 64) - 1
OTHER: dict[Order, Order] = {"be": "le", "le": "be"}


@dataclass(frozen=True, slots=True)
class Word:
    """Eight bytes, in the orders in which somebody has them."""

    values: Mapping[Order, Value]

    def order(self, preferred: Order) -> Order:
        """Return an order in which the word is there, `preferred` if it is one."""
        return preferred if preferred in self.values else OTHER[preferred]


def take_word(builder: Writer, word: Word, order: Order) -> Value:
    """Return the word in `order`, its bytes turned around if it is there in the other one only."""
    if order in word.values:
        return word.values[order]
    return swap_bytes(builder, word.values[OTHER[order]], 64, 64)


def spread(number: int, bits: int) -> int:
    """Return a word with `number` in each place of `bits` bits."""
    return sum(number << place for place in range(0, 64, bits))


def swap_bytes(builder: Writer, value: Value, bits: int, width: int) -> Value:
    """Return `value` of `width` bits with the bytes of each number of `bits` in it turned around."""
    for step in (8, 16, 32):
        if step < bits:
            value = _exchange(builder, value, step, width)
    return value


def _exchange(builder: Writer, value: Value, step: int, width: int) -> Value:
    """Exchange neighbours of `step` bits."""
    low = spread((1 << step) - 1, 2 * step) & ((1 << width) - 1)
    up = builder.binary("and", value, builder.constant(Type.U64, low))
    up = builder.binary("shl", up, builder.constant(Type.U64, step), wrapping=True)
    down = builder.binary("lshr", value, builder.constant(Type.U64, step))
    if 2 * step < 64:
        down = builder.binary("and", down, builder.constant(Type.U64, low))
    return builder.binary("or", up, down)


def swap_numbers(builder: Writer, word: Word, bits: int) -> Word:
    """Return the word with the bytes of each number of `bits` turned around.

    Numbers of 32 bits trade places when all eight bytes are turned around: the other order is half the work.
    """
    if bits != 32:
        order = word.order("le")
        return Word({order: swap_bytes(builder, word.values[order], bits, 64)})
    order = word.order("be")
    value, half = word.values[order], builder.constant(Type.U64, 32)
    high = builder.binary("shl", value, half, wrapping=True)
    return Word({OTHER[order]: builder.binary("or", high, builder.binary("lshr", value, half))})


def compute_wide(builder: Writer, wide: Wide, value: Value, bits: int) -> Value:
    """Return what `wide` says of the word `value`, whose numbers have `bits` bits."""
    mask = (1 << bits) - 1
    match wide:
        case lift.Word():
            return value
        case lift.Fill(number=number):
            return builder.constant(Type.U64, spread(number, bits))
        case lift.Join(operator=operator, left=left, right=right):
            name = {"&": "and", "|": "or", "^": "xor"}[operator]
            first = compute_wide(builder, left, value, bits)
            second = compute_wide(builder, right, value, bits)
            return builder.binary("and" if name == "and" else "or" if name == "or" else "xor", first, second)
        case lift.Shift(operator=operator, operand=operand, amount=amount):
            inner = compute_wide(builder, operand, value, bits)
            by = builder.constant(Type.U64, amount)
            if operator == "<<":
                shifted = builder.binary("shl", inner, by, wrapping=True)
                kept = mask << amount & mask
            else:
                shifted = builder.binary("lshr", inner, by)
                kept = mask >> amount
            return builder.binary("and", shifted, builder.constant(Type.U64, spread(kept, bits)))


def take_number(builder: Writer, value: Value, order: Order, place: int, bits: int) -> Value:
    """Return the number of `bits` whose first byte is byte `place` of the word `value` of `order`."""
    shift = 8 * place if order == "le" else 64 - 8 * place - bits
    number = value if shift == 0 else builder.binary("lshr", value, builder.constant(Type.U64, shift))
    if shift + bits == 64:
        return number
    return builder.binary("and", number, builder.constant(Type.U64, (1 << bits) - 1))


def put_number(builder: Writer, number: Value, order: Order, place: int, bits: int) -> Value:
    """Return a word of `order` with `number` at byte `place`, and zeros elsewhere."""
    shift = 8 * place if order == "le" else 64 - 8 * place - bits
    masked = builder.binary("and", number, builder.constant(Type.U64, (1 << bits) - 1))
    return builder.binary("shl", masked, builder.constant(Type.U64, shift), wrapping=True)


def keep_first(builder: Writer, word: Word, count: Value, known: int | None = None) -> Word:
    """Return the word with all bytes but the first `count` (below 8) set to 0."""
    kept: dict[Order, Value] = {}
    order = word.order("le")
    if known is not None:
        mask = (1 << 8 * known) - 1
        mask = mask if order == "le" else mask << (64 - 8 * known)
        kept[order] = builder.binary("and", word.values[order], builder.constant(Type.U64, mask))
        return Word(kept)
    bits = builder.binary("shl", count, builder.constant(Type.U64, 3), wrapping=True)
    bits = builder.binary("and", bits, builder.constant(Type.U64, 63))
    everything = builder.constant(Type.U64, _TOP)
    if order == "le":
        others = builder.binary("shl", everything, bits, wrapping=True)
    else:
        others = builder.binary("lshr", everything, bits)
    mask_value = builder.binary("xor", others, everything)
    kept[order] = builder.binary("and", word.values[order], mask_value)
    return Word(kept)
