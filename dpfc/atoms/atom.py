"""One test in its one form.

In: a test, and the rewriter of its expressions. Out: a formula that is true for exactly the same messages:
most often one test of one field; where bits are asked for that do not stand side by side, a test of each run
of them; with a test of the room that the original load needed, where the new ones need less.

    (0:16 & 0x0ff0) >> 4 == 7            0.4:8 in {7}
    4:8 + 3 < 10                         4:8 in {0..6}
    (26:32 & 0xff000000) == 0x0a000000   26:32 in {0x0a000000..0x0affffff}
    0:16 le == 0x1234                    1:8 in {0x12} and 0:8 in {0x34}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dpfc import formula as f
from dpfc.atoms.bits import WIDTH, Bits, Run, Wire, list_runs, read_bits, write_bits
from dpfc.atoms.blocks import Block, flip_bits, list_blocks, scale_down, scale_up
from dpfc.atoms.bounds import can_wrap, find_maximum
from dpfc.atoms.rewrite import Needs, Rewriter, list_missing
from dpfc.names.connect import FALSE, TRUE, conjoin, disjoin
from dpfc.names.known import Slot
from dpfc.valueset import EVERYTHING, NOTHING, TOP, complement, intersection, normalize
from runtime.source import Span

_ALTERNATIVES = 4
"""A set of values of scattered bits is written out where it is at most so many blocks, or all but so many."""

_FLIPPED_BLOCKS = 256

_ADDRESS = 32
"""The upper bits of a load of so many bits are a prefix of an address: a range of it, as tables want them."""

_NEGATED: dict[f.Comparison, tuple[f.Comparison, bool]] = {
    "==": ("!=", False),
    "!=": ("==", False),
    "<": ("<=", True),
    "<=": ("<", True),
}
"""The comparison that holds where this one does not, and whether its sides are swapped."""


def rewrite_test(test: f.Test, rewriter: Rewriter) -> f.Formula:
    """Return the one form of `test`."""
    rewritten = rewriter.expression(test.subject)
    if isinstance(test.values, Slot):  # no numbers yet: nothing can be said about them
        kept = isinstance(test.subject, f.Field) and isinstance(rewritten.expression, f.Field)
        return f.Test(rewritten.expression, test.values, test.span) if kept else test
    if can_wrap(rewritten.expression) and list_missing(rewritten.needs, (rewritten.expression,)):
        return test  # the room that it would no longer ask for guards its arithmetic
    subject, values = _isolate(rewritten.expression, test.values)
    if can_wrap(subject):
        found = _test_unsafe(subject, values, f.Test(rewritten.expression, test.values, test.span))
    else:
        found = _test_subject(subject, values, rewritten.needs, test.span)
    return conjoin((*list_missing(rewritten.needs, _list_subjects(found)), found))


def _test_unsafe(subject: f.Expression, values: f.ValueSet, whole: f.Test) -> f.Formula:
    """Return the test of arithmetic that can wrap: it stays, so that the checker sees it."""
    if whole.values in (NOTHING, EVERYTHING):
        return TRUE if whole.values else FALSE
    return whole if values in (NOTHING, EVERYTHING) else f.Test(subject, values, whole.span)


def _list_subjects(formula: f.Formula) -> Iterable[f.Expression]:
    """Return what certainly has values where `formula` is true."""
    match formula:
        case f.Test(subject=subject):
            return (subject,)
        case f.And(parts=parts):
            return tuple(part.subject for part in parts if isinstance(part, f.Test))
        case _:
            return ()


def _isolate(subject: f.Expression, values: f.ValueSet) -> tuple[f.Expression, f.ValueSet]:
    """Move constants to the side of the values, as long as the arithmetic cannot wrap."""
    while True:
        match subject:
            case f.Arithmetic(operator="+", left=left, right=f.Number(number=number)) if (
                find_maximum(left) + number <= TOP
            ):
                moved = normalize((max(low - number, 0), high - number) for low, high in values)
                subject, values = left, moved
            case f.Arithmetic(operator="-", left=f.Number(number=number), right=right) if (
                find_maximum(right) <= number
            ):
                moved = normalize((max(number - high, 0), number - low) for low, high in values)
                subject, values = right, moved
            case f.Arithmetic(operator="*", left=left, right=f.Number(number=number)) if (
                number > 0 and find_maximum(left) * number <= TOP
            ):
                moved = normalize((-(-low // number), high // number) for low, high in values)
                subject, values = left, moved
            case f.Arithmetic(operator="/", left=left, right=f.Number(number=number)) if number:
                scaled = ((low * number, high * number + number - 1) for low, high in values)
                subject, values = left, intersection(normalize(scaled), EVERYTHING)
            case f.Comparing() if len(truth := intersection(values, ((0, 1),))) == 1 and truth != ((0, 1),):
                compared = _compare(subject, truth == ((1, 1),))
                if isinstance(compared, f.Comparing):
                    return compared, ((1, 1),)
                subject, values = compared
            case _:
                return subject, values


def _compare(part: f.Comparing, holds: bool) -> f.Comparing | tuple[f.Expression, f.ValueSet]:
    """Return the comparison that holds where `part` does or does not; values, where one side is a number."""
    operator, left, right = part.operator, part.left, part.right
    if not holds:
        operator, swapped = _NEGATED[operator]
        left, right = (right, left) if swapped else (left, right)
    match left, right:
        case f.Number(), f.Number():
            return f.Comparing(operator, left, right)
        case _, f.Number(number=number):
            above: f.ValueSet = {
                "==": ((number, number),),
                "!=": complement(((number, number),)),
                "<": ((0, number - 1),) if number else (),
                "<=": ((0, number),),
            }[operator]
            return left, above
        case f.Number(number=number), _:
            below: f.ValueSet = {
                "==": ((number, number),),
                "!=": complement(((number, number),)),
                "<": ((number + 1, TOP),) if number < TOP else (),
                "<=": ((number, TOP),),
            }[operator]
            return right, below
        case _:
            return f.Comparing(operator, left, right)


def _test_subject(subject: f.Expression, values: f.ValueSet, needs: Needs, span: Span) -> f.Formula:
    bits = None if isinstance(subject, f.Field) and not subject.little else read_bits(subject)
    values = intersection(values, ((0, find_maximum(subject)),))
    if not values:
        return FALSE
    if values == ((0, find_maximum(subject)),):
        return TRUE  # what is left is the room
    if bits is None:
        return f.Test(subject, values, span)
    runs = list_runs(bits)
    if not runs:
        number = sum(int(bit == 1) << place for place, bit in enumerate(bits))
        return TRUE if intersection(values, ((number, number),)) else FALSE
    if len(runs) == 1:
        return _test_run(runs[0], bits, values, needs, span)
    return _test_runs(runs, bits, values, span)


def _test_run(run: Run, bits: Bits, values: f.ValueSet, needs: Needs, span: Span) -> f.Formula:
    """Return the test of the one field whose bits stand in `bits`."""
    ones = sum(1 << place for place, bit in enumerate(bits) if bit == 1)
    load, top = run.field, (1 << run.field.bits) - 1
    wanted = intersection(scale_down(values, run.shift, ones), ((0, top),))
    if run.flip == top:
        wanted = normalize((top - high, top - low) for low, high in wanted)
    elif run.flip:
        flipped = flip_bits(wanted, run.flip, _FLIPPED_BLOCKS)
        if flipped is None:
            return f.Test(write_bits(bits, span), values, span)
        wanted = flipped
    if not wanted:
        return FALSE
    if wanted == ((0, top),):
        return TRUE
    end = 8 * needs.get(load.base, 0)
    behind = end - load.offset - load.bits
    if behind >= 8 and load.offset % 8 == 0 and _ADDRESS <= end - load.offset <= WIDTH:
        return f.Test(f.Field(load.base, load.offset, end - load.offset), scale_up(wanted, behind), span)
    return f.Test(load, wanted, span)


def _test_runs(runs: Sequence[Run], bits: Bits, values: f.ValueSet, span: Span) -> f.Formula:
    """Return tests of scattered bits, run by run, where the values are few blocks."""
    length = max(place + 1 for place, bit in enumerate(bits) if bit != 0)
    top = (1 << length) - 1
    if values[-1][1] >= find_maximum(write_bits(bits, span)):  # nothing is larger: say so in the shortest way
        values = normalize((*values, (values[-1][0], top)))
    blocks = list_blocks(values, _ALTERNATIVES)
    if blocks is not None:
        return disjoin(_test_block(block, bits, span) for block in blocks)
    blocks = list_blocks(intersection(complement(values), ((0, top),)), _ALTERNATIVES)
    if blocks is not None:
        return f.Not(disjoin(_test_block(block, bits, span) for block in blocks))
    return f.Test(write_bits(bits, span), values, span)


def _test_block(block: Block, bits: Bits, span: Span) -> f.Formula:
    """Return the tests for a value in `block`: what its bits above the free ones are."""
    fixed: dict[tuple[f.Base, int], int] = {}
    kept: list[int | Wire] = [0] * WIDTH
    for place in range(block.free, WIDTH):
        bit, wanted = bits[place], block.low >> place & 1
        if not isinstance(bit, Wire):
            if bit != wanted:
                return FALSE
            continue
        wanted ^= int(bit.inverted)
        if fixed.setdefault((bit.base, bit.position), wanted) != wanted:
            return FALSE
        kept[place] = Wire(bit.base, bit.position)
    tests: list[f.Formula] = []
    for run in list_runs(tuple(kept)):
        wires = range(run.field.offset, run.field.offset + run.field.bits)
        number = 0
        for position in wires:
            number = number << 1 | fixed[run.field.base, position]
        tests.append(f.Test(run.field, ((number, number),), span))
    return conjoin(tests)
