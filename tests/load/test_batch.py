"""Many messages in one call: the answers of one-by-one calls, and a stop before what must not be read."""

from __future__ import annotations

import array
import random
import struct
import threading

import pytest

from runtime.load.batch import Messages, Progress, run_emitting_filter, run_filter
from runtime.load.native import native_available
from tests.codegen.engines import load_function
from tests.load.edges import make_fenced_page
from tests.load.filters import make_byte_emitter, make_port_filter

native_only = pytest.mark.skipif(not native_available(), reason="needs an x86-64 host")


def _make_messages(count: int) -> tuple[list[bytes], Messages]:
    chance = random.Random(count)
    ports = (80, 443, 8080, 22)
    messages = [
        struct.pack(">H", chance.choice(ports))[: chance.choice((0, 1, 2))]
        + chance.randbytes(chance.randrange(9))
        for _ in range(count)
    ]
    offsets, lengths, data = array.array("Q"), array.array("I"), b""
    for message in messages:
        offsets.append(len(data))
        lengths.append(len(message))
        data += message
    return messages, Messages(data, offsets, lengths, count)


@native_only
@pytest.mark.parametrize("with_table", (False, True))
@pytest.mark.parametrize("count", (0, 1, 2, 500))
def test_filter_answers_as_single_calls(count: int, with_table: bool) -> None:
    native = load_function(make_port_filter(with_table))
    messages, batch = _make_messages(count)
    results = array.array("I", [99] * (count + 1))
    assert run_filter(native, batch, results) == Progress(count, 0, "done")
    assert list(results) == [*(native.call({"message": each}).results[0] for each in messages), 99]


@native_only
@pytest.mark.parametrize("with_table", (False, True))
@pytest.mark.parametrize("count", (0, 1, 2, 500))
def test_emitting_filter_answers_as_single_calls(count: int, with_table: bool) -> None:
    native = load_function(make_byte_emitter(with_table))
    messages, batch = _make_messages(count)
    counts, ids = array.array("I", [99] * (count + 1)), array.array("I", [99] * (4 * count + 1))
    progress = run_emitting_filter(native, batch, counts, ids)
    single = [[number for (number,) in native.call({"message": each}).emitted] for each in messages]
    assert progress == Progress(count, sum(map(len, single)), "done")
    assert list(counts) == [*map(len, single), 99]
    assert list(ids[: progress.emitted]) == [number for numbers in single for number in numbers]
    assert set(ids[progress.emitted :]) == {99}


@native_only
def test_emitting_filter_goes_on_after_taking_ids() -> None:
    native = load_function(make_byte_emitter())
    messages, batch = _make_messages(100)
    counts, ids = array.array("I", [0] * 100), array.array("I", [0] * 7)
    taken: list[int] = []
    offsets, lengths = memoryview(batch.offsets), memoryview(batch.lengths)
    done, rounds = 0, 0
    while done < 100:
        rest = Messages(batch.data, offsets[done:], lengths[done:], 100 - done)
        progress = run_emitting_filter(native, rest, memoryview(counts)[done:], ids)
        assert progress.processed > 0
        assert progress.reason == ("done" if done + progress.processed == 100 else "room")
        taken += ids[: progress.emitted]
        done += progress.processed
        rounds += 1
    assert rounds > 1
    assert taken == [2 * byte for message in messages for byte in message[:4]]


@native_only
@pytest.mark.parametrize(
    ("offset", "length", "processed"),
    (
        (96, 4, 3),
        (97, 4, 1),
        (100, 0, 3),
        (101, 0, 1),
        ((1 << 64) - 1, 4, 1),
        ((1 << 64) - 2, 2, 1),
        (0, (1 << 32) - 1, 1),
        (0, 61, 1),
    ),
)
def test_stops_before_messages_outside(offset: int, length: int, processed: int) -> None:
    """The data ends at 100; the filter accepts at most 60 bytes."""
    native = load_function(make_port_filter(maximum=60))
    offsets, lengths = array.array("Q", [0, offset, 2]), array.array("I", [4, length, 4])
    results = array.array("I", [99] * 3)
    progress = run_filter(native, Messages(bytes(100), offsets, lengths, 3), results)
    assert progress == Progress(processed, 0, "done" if processed == 3 else "outside")
    assert list(results[processed:]) == [99] * (3 - processed)


@native_only
def test_records_are_read_in_place() -> None:
    """Offsets and lengths inside records of 24 bytes, as in a table of captured packets."""
    native = load_function(make_port_filter())
    data = struct.pack(">HHHH", 80, 443, 22, 8080)
    records = bytearray(b"".join(struct.pack("<IQ4xI4x", 7, 2 * index, 2) for index in range(4)))
    assert len(records) == 96
    views = memoryview(records)
    offsets = [int.from_bytes(records[4 + 24 * index :][:8], "little") for index in range(4)]
    assert offsets == [0, 2, 4, 6]
    batch = Messages(data, views[4:], views[16:], 4, offset_stride=24, length_stride=24)
    results = array.array("I", [0] * 4)
    assert run_filter(native, batch, results).reason == "done"
    assert list(results) == [1, 2, 0, 3]


@native_only
def test_data_at_the_edge_of_a_page() -> None:
    native = load_function(make_port_filter())
    with make_fenced_page() as page:
        size = len(page)
        offsets = array.array("Q", [0, size - 1, size - 2, size])
        batch = Messages(page, offsets, array.array("I", [2, 1, 2, 0]), 4)
        page[size - 2 :] = struct.pack(">H", 443)
        results = array.array("I", [0] * 4)
        assert run_filter(native, batch, results).reason == "done"
        assert list(results) == [0, 0, 2, 0]


@native_only
def test_refused_arrays() -> None:
    native, emitting = load_function(make_port_filter()), load_function(make_byte_emitter())
    offsets, lengths, results = array.array("Q", [0, 0]), array.array("I", [0, 0]), array.array("I", [0, 0])
    for batch, room in (
        (Messages(b"", offsets[:1], lengths, 2), results),
        (Messages(b"", offsets, lengths[:1], 2), results),
        (Messages(b"", offsets, lengths, 2), results[:1]),
        (Messages(b"", offsets, lengths, 2, offset_stride=9), results),
        (Messages(b"", offsets, lengths, 2, length_stride=-4), results),
        (Messages(b"", offsets, lengths, -1), results),
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            run_filter(native, batch, room)
    with pytest.raises(BufferError):
        run_filter(native, Messages(b"", offsets, lengths, 2), bytes(8))
    batch = Messages(b"", offsets, lengths, 2)
    with pytest.raises(ValueError, match="is not a filter that"):
        run_filter(emitting, batch, results)
    with pytest.raises(ValueError, match="is not a filter that"):
        run_emitting_filter(native, batch, results, array.array("I", [0] * 8))


@native_only
@pytest.mark.parametrize("offset_bytes", (4, 8))
def test_data_far_larger_than_the_cache(offset_bytes: int) -> None:
    """Messages in any order, fetched ahead; also the last ones, behind which there are no offsets."""
    native = load_function(make_port_filter())
    chance = random.Random(7)
    data = bytearray(1 << 20)
    places = [chance.randrange(len(data) - 2) & ~1 for _ in range(3000)]
    for place in places:
        struct.pack_into(">H", data, place, chance.choice((80, 443, 8080, 22)))
    packed = b"".join(place.to_bytes(offset_bytes, "little") for place in places)
    offsets = packed + bytes(8 - offset_bytes)
    batch = Messages(
        data,
        offsets,
        array.array("I", [2] * 3000),
        3000,
        offset_stride=offset_bytes,
        offset_bytes=8 if offset_bytes == 8 else 4,
    )
    results = array.array("I", [99] * 3000)
    assert run_filter(native, batch, results).reason == "done"
    expected = [native.call({"message": data[place : place + 2]}).results[0] for place in places]
    assert list(results) == expected


@native_only
@pytest.mark.parametrize("target", ("offsets", "lengths"))
def test_arrays_that_change_meanwhile(target: str) -> None:
    """Another thread writes places outside and inside in turn: nothing outside is read."""
    native = load_function(make_port_filter())
    with make_fenced_page() as page:
        page[:2] = struct.pack(">H", 80)
        count = 20_000
        offsets, lengths = array.array("Q", [0] * count), array.array("I", [2] * count)
        changing = {"offsets": offsets, "lengths": lengths}[target]
        outside = (1 << 40) if target == "offsets" else (1 << 31)
        inside, stop = changing[0], threading.Event()

        def change() -> None:
            place = count // 2
            while not stop.is_set():
                changing[place] = outside
                changing[place] = inside

        thread = threading.Thread(target=change)
        thread.start()
        results = array.array("I", [99] * count)
        batch = Messages(page, offsets, lengths, count)
        try:
            progresses = [run_filter(native, batch, results) for _ in range(50)]
        finally:
            stop.set()
            thread.join()
        assert all(each.processed in (count, count // 2) for each in progresses)
        assert set(results[: count // 2]) == {1}


@native_only
def test_no_room_for_one_message() -> None:
    native = load_function(make_byte_emitter())
    _, batch = _make_messages(3)
    counts = array.array("I", [0] * 3)
    assert run_emitting_filter(native, batch, counts, array.array("I", [0] * 3)) == Progress(0, 0, "room")
    nothing = Messages(b"", b"", b"", 0)
    assert run_emitting_filter(native, nothing, counts, array.array("I")) == Progress(0, 0, "done")


@native_only
def test_room_is_wanted_before_the_message_is_looked_at() -> None:
    native = load_function(make_byte_emitter(with_table=False))
    offsets, lengths = array.array("Q", [0, 99]), array.array("I", [4, 4])
    counts = array.array("I", [0] * 2)
    batch = Messages(bytes(4), offsets, lengths, 2)
    assert run_emitting_filter(native, batch, counts, array.array("I", [0] * 7)) == Progress(1, 4, "room")
    assert run_emitting_filter(native, batch, counts, array.array("I", [0] * 8)) == Progress(1, 4, "outside")
