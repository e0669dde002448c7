"""Write the LLVM IR of a table lookup: search code for each representation of `runtime.tables`.

In: where the table lies, and the key operands. Out: the operand that holds the value. The code depends on the
representation only (sizes, not contents), so tables that differ in numbers share code. Searches are unrolled
and branch-free: log2(size) rounds of load, compare, conditional move.

    partition of 4, key k:   %a = starts[2] <= k    base = %a ? 2 : 0
                             %b = starts[base+1] <= k    base = %b ? base+1 : base    values[base]
"""

from __future__ import annotations

from runtime.codegen.writer import Writer, llvm_type
from runtime.ir.nodes import Type
from runtime.tables.layout import Place
from runtime.tables.representation import (
    Partition,
    Rows,
    Scan,
    stored_bytes,
    word_bytes,
)


def write_lookup(writer: Writer, place: Place, keys: tuple[str, ...]) -> str:
    """Append the lookup of `keys` in the table at `place` and return the value's operand."""
    match place.representation:
        case Partition() as partition:
            return _write_partition(writer, partition, place.offset, keys[0])
        case Rows() as rows:
            return _write_rows(writer, rows, place.offset, keys)
        case Scan() as scan:
            return _write_scan(writer, scan, place.offset, keys)


def _write_partition(writer: Writer, partition: Partition, offset: int, key: str) -> str:
    width = stored_bytes(partition.key)
    wanted = writer.widen(key, partition.key, f"i{width * 8}")
    base, step = "0", partition.size // 2
    while step:
        probe = _advance(writer, base, step)
        start = _load_number(writer, probe, width, offset)
        before = writer.add_value(f"icmp ule i{width * 8} {start}, {wanted}")
        base = writer.add_value(f"select i1 {before}, i64 {probe}, i64 {base}")
        step //= 2
    return _load_value(writer, base, partition.value, offset + partition.values)


def _write_rows(writer: Writer, rows: Rows, offset: int, keys: tuple[str, ...]) -> str:
    wanted = _pack_words(writer, rows.words, keys)
    base, step = "0", rows.size // 2
    while step:
        probe = _advance(writer, base, step)
        words = _load_row(writer, rows, probe, offset)
        before = _compare_words(writer, rows.words, words, wanted)
        base = writer.add_value(f"select i1 {before}, i64 {probe}, i64 {base}")
        step //= 2
    words = _load_row(writer, rows, base, offset)
    found = "true"
    for columns, word, key in zip(rows.words, words, wanted, strict=True):
        equal = writer.add_value(f"icmp eq {_word_type(columns)} {word}, {key}")
        found = equal if found == "true" else writer.add_value(f"and i1 {found}, {equal}")
    value = _load_value(writer, base, rows.value, offset + rows.values)
    type_ = llvm_type(rows.value)
    return writer.add_value(f"select i1 {found}, {type_} {value}, {type_} {rows.default}")


def _write_scan(writer: Writer, scan: Scan, offset: int, keys: tuple[str, ...]) -> str:
    """Append a loop over the boxes:  head: i < size, test: inside, found: values[i], done: phi."""
    head, test, more, found, done = (
        writer.make_label(stem) for stem in ("head", "test", "more", "found", "done")
    )
    before = writer.block
    index, after = f"%{head}.index", f"%{head}.after"
    writer.jump(head)
    writer.start_block(head)
    writer.add_line(f"{index} = phi i64 [ 0, %{before} ], [ {after}, %{more} ]")
    going = writer.add_value(f"icmp ult i64 {index}, {scan.size}")
    writer.branch(going, test, done)
    writer.start_block(test)
    writer.branch(_test_box(writer, scan, offset, index, keys), found, more)
    writer.start_block(more)
    writer.add_line(f"{after} = add nuw nsw i64 {index}, 1")
    writer.jump(head)
    writer.start_block(found)
    value = _load_value(writer, index, scan.value, offset + scan.values)
    writer.jump(done)
    writer.start_block(done)
    return writer.add_value(f"phi {llvm_type(scan.value)} [ {value}, %{found} ], [ {scan.default}, %{head} ]")


def _test_box(writer: Writer, scan: Scan, offset: int, index: str, keys: tuple[str, ...]) -> str:
    """Return an i1 that says whether every key is inside the box at `index`."""
    inside = "true"
    for type_, key in zip(scan.keys, keys, strict=True):
        width = stored_bytes(type_)
        wanted = writer.widen(key, type_, f"i{width * 8}")
        low = _load_number(writer, index, width, offset)
        high = _load_number(writer, index, width, offset + scan.size * width)
        above = writer.add_value(f"icmp ule i{width * 8} {low}, {wanted}")
        below = writer.add_value(f"icmp ule i{width * 8} {wanted}, {high}")
        both = writer.add_value(f"and i1 {above}, {below}")
        inside = both if inside == "true" else writer.add_value(f"and i1 {inside}, {both}")
        offset += 2 * scan.size * width
    return inside


def _pack_words(writer: Writer, words: tuple[tuple[Type, ...], ...], keys: tuple[str, ...]) -> list[str]:
    """Append what packs the key columns into words, most significant column first."""
    packed: list[str] = []
    operands = iter(keys)
    for columns in words:
        word_type = _word_type(columns)
        word = writer.widen(next(operands), columns[0], word_type)
        for column in columns[1:]:
            part = writer.widen(next(operands), column, word_type)
            shifted = writer.add_value(f"shl nuw {word_type} {word}, {column.bits}")
            word = writer.add_value(f"or {word_type} {shifted}, {part}")
        packed.append(word)
    return packed


def _compare_words(
    writer: Writer, words: tuple[tuple[Type, ...], ...], left: list[str], right: list[str]
) -> str:
    """Return an i1: `left` <= `right` in lexicographic order.

    (a, b) <= (c, d)    is    a < c or a == c and b <= d
    """
    last = len(words) - 1
    answer = writer.add_value(f"icmp ule {_word_type(words[last])} {left[last]}, {right[last]}")
    for index in range(last - 1, -1, -1):
        word_type = _word_type(words[index])
        less = writer.add_value(f"icmp ult {word_type} {left[index]}, {right[index]}")
        equal = writer.add_value(f"icmp eq {word_type} {left[index]}, {right[index]}")
        tail = writer.add_value(f"and i1 {equal}, {answer}")
        answer = writer.add_value(f"or i1 {less}, {tail}")
    return answer


def _load_row(writer: Writer, rows: Rows, index: str, offset: int) -> list[str]:
    words: list[str] = []
    for columns in rows.words:
        words.append(_load_number(writer, index, word_bytes(columns), offset))
        offset += rows.size * word_bytes(columns)
    return words


def _advance(writer: Writer, base: str, step: int) -> str:
    return str(step) if base == "0" else writer.add_value(f"add nuw nsw i64 {base}, {step}")


def _load_number(writer: Writer, index: str, width: int, offset: int) -> str:
    place = writer.index("%tables", writer.scale(index, width, offset))
    return writer.add_value(f"load i{width * 8}, ptr {place}, align 1")


def _load_value(writer: Writer, index: str, type_: Type, offset: int) -> str:
    """Load a value as its own LLVM type."""
    width = stored_bytes(type_)
    place = writer.index("%tables", writer.scale(index, width, offset))
    value = writer.add_value(f"load i{width * 8}, ptr {place}, align 1")
    return value if width * 8 == type_.bits else writer.add_value(f"trunc nuw i8 {value} to i1")


def _word_type(columns: tuple[Type, ...]) -> str:
    return f"i{word_bytes(columns) * 8}"
