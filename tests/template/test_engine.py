"""Templates run: the native engine answers what the interpreter answers, whole, in chunks or one by one."""

from __future__ import annotations

import mmap
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.load.native import native_available
from runtime.template.engine import Loaded, load_template
from runtime.template.engines import loops
from runtime.template.engines.loops import make_loop
from runtime.template.nodes import Template
from runtime.template.policies import find_policy
from tests.load.edges import make_fenced_page
from tests.template.samples import make_directory, make_map, make_pointers, make_runs, parse

needs_native = pytest.mark.skipif(not native_available(), reason="needs an x86-64 host")

_ENGINES = ("native", "interpreter") if native_available() else ("interpreter",)


@pytest.fixture(scope="module", params=_ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _load(template: Template, engine: str) -> Loaded:
    return load_template(template, "native" if engine == "native" else "interpreter")


@pytest.fixture(scope="module")
def both() -> dict[str, tuple[Loaded, Loaded]]:
    """Each sample in both engines, compiled once."""
    samples = (make_pointers(), make_runs(), make_map(), make_directory())
    return {
        each.name: (load_template(each, "native"), load_template(each, "interpreter")) for each in samples
    }


def _sparse(size: int) -> st.SearchStrategy[bytes]:
    """Blocks of exactly `size` bytes, with zeros and with small numbers among them."""
    pieces = st.lists(
        st.one_of(st.binary(min_size=1, max_size=40), st.integers(1, 400).map(bytes)), max_size=40
    )
    return pieces.map(lambda parts: b"".join(parts)[:size].ljust(size, b"\0"))


@needs_native
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_engines_agree_on_pointers(both: dict[str, tuple[Loaded, Loaded]], data: st.DataObject) -> None:
    native, interpreted = both["pointers"]
    meta = data.draw(_sparse(4096))
    first = data.draw(st.sampled_from([0, 1, 1000, 1023, 1024, (1 << 64) - 1]))
    count = data.draw(st.none() | st.integers(0, 40))
    expected = interpreted.owns(meta, (), first, count)
    assert np.array_equal(native.owns(meta, (), first, count), expected)
    assert expected.shape[1] == 3
    if first == 0 and count is None:
        pointers = np.frombuffer(meta, dtype="<u4")
        assert list(expected[:, 0]) == [number for number in pointers if number]


@needs_native
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_engines_agree_on_runs(both: dict[str, tuple[Loaded, Loaded]], data: st.DataObject) -> None:
    native, interpreted = both["runs"]
    meta = data.draw(_sparse(data.draw(st.integers(0, 512))))
    arguments = (data.draw(st.sampled_from([0, 1, 2, 3, 16, 17, (1 << 64) - 1])),)
    expected = interpreted.owns(meta, arguments)
    assert expected.shape[1] == 5
    assert np.array_equal(native.owns(meta, arguments), expected)
    if arguments[0] not in (1, 2, 16):
        assert len(expected) == 0
    one_by_one = [native.owns(meta, arguments, number, 1) for number in range(len(meta) // 8)]
    assert np.array_equal(np.concatenate([*one_by_one, expected[:0]]), expected)
    middle = data.draw(st.integers(0, len(meta) // 8))
    halves = native.owns(meta, arguments, 0, middle), native.owns(meta, arguments, middle)
    assert np.array_equal(np.concatenate(halves), expected)


@needs_native
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_engines_agree_on_maps_and_directories(
    both: dict[str, tuple[Loaded, Loaded]], data: st.DataObject
) -> None:
    native, interpreted = both["map"]
    meta = data.draw(_sparse(data.draw(st.integers(0, 256))))
    assert np.array_equal(native.used(meta, ()), interpreted.used(meta, ()))
    bits = np.unpackbits(np.frombuffer(meta, dtype="u1"), bitorder="little")
    assert list(native.used(meta, ())[:, 0]) == list(np.flatnonzero(bits))
    assert native.blocks(meta, ()) == interpreted.blocks(meta, ()) == 8 * len(meta)
    native, interpreted = both["directory"]
    meta = data.draw(_sparse(1024))
    assert np.array_equal(native.names(meta, (7,)), interpreted.names(meta, (7,)))
    for ask in ("size", "shared", "unit"):
        assert getattr(native, ask)(meta, (7,)) == getattr(interpreted, ask)(meta, (7,))


@needs_native
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_engines_agree_on_methods(both: dict[str, tuple[Loaded, Loaded]], data: st.DataObject) -> None:
    native, interpreted = both["pointers"]
    before = data.draw(_sparse(4096))
    index = data.draw(st.sampled_from([0, 1, 1023, 1024, (1 << 64) - 1]) | st.integers(0, 1023))
    block = data.draw(st.sampled_from([0, 1, (1 << 32) - 1, 1 << 32]))
    first, second = bytearray(before), bytearray(before)
    refused = interpreted.run_method("set", first, (), (index, block))
    assert native.run_method("set", second, (), (index, block)) == refused
    assert first == second
    expected = interpreted.changes("set", before, (), (index, block))
    assert np.array_equal(native.changes("set", before, (), (index, block)), expected)
    if refused:
        assert first == before
        assert len(expected) == 0
    else:
        assert expected.tolist() == [[2, index, 0, 0], [0, block, 1, 0]]
        assert len(native.owns(first, ())) == len(native.owns(before, ())) + 1


@needs_native
@given(meta=_sparse(4096), length=st.integers(0, 512))
@settings(max_examples=30, deadline=None)
def test_objects_between_unreadable_pages(
    both: dict[str, tuple[Loaded, Loaded]], meta: bytes, length: int
) -> None:
    """A read one byte in front of an object, or behind it, would end the process."""
    assert len(meta) == mmap.PAGESIZE
    for name, size, arguments in (("pointers", 4096, ()), ("runs", length, (2,)), ("map", length // 2, ())):
        native, interpreted = both[name]
        with make_fenced_page() as page:
            for start in (0, mmap.PAGESIZE - size):
                page[start : start + size] = meta[:size]
                view = page[start : start + size]
                for ask in ("owns", "used"):
                    expected = getattr(interpreted, ask)(meta[:size], arguments)
                    assert np.array_equal(getattr(native, ask)(view, arguments), expected)
                view.release()


@needs_native
def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    meta = (rng.integers(0, 9, 1024, dtype="<u4") // 4).tobytes()
    whole = load_template(make_pointers()).owns(meta, ())
    runs = load_template(make_runs()).owns(meta[:509], (2,))
    for most in (1, 7, 1023):
        monkeypatch.setattr(loops, "MOST_PARTITIONS", most)
        chunked = load_template(make_pointers())
        assert np.array_equal(chunked.owns(meta, ()), whole)
        assert len(chunked.owns(meta, (), 1, 1 << 63)) == len(whole) - int(meta[0] != 0)
        assert np.array_equal(load_template(make_runs()).owns(meta[:509], (2,)), runs)


@needs_native
def test_everything_but_the_clock_is_native(both: dict[str, tuple[Loaded, Loaded]]) -> None:
    directory = both["directory"][0]
    meta = bytes(8) + (1000).to_bytes(8, "little") + bytes(1008)
    assert directory.acl(meta, meta, (7,), 1, 2, clock=999)
    assert list(directory.interpreted) == ["acl"]
    runs = both["runs"][0]
    runs.owns(bytes(16), (1,))
    assert runs.interpreted == {}


def test_acl_reads_the_clock_and_the_modification(engine: str) -> None:
    directory = _load(make_directory(), engine)
    meta = bytes(8) + (1000).to_bytes(8, "little") + bytes(1008)
    later = meta[:9] + b"\xff" + meta[10:]
    assert directory.acl(meta, meta, (7,), 1, 2, clock=999)
    assert not directory.acl(meta, meta, (7,), 1, 2, clock=1000)
    assert not directory.acl(meta, later, (7,), 1, 2, clock=999)
    assert directory.acl(meta, later, (7,), 2, 2, clock=1 << 63)


def test_any_buffer_and_no_other_size(engine: str) -> None:
    pointers = _load(make_pointers(), engine)
    meta = bytes(4092) + b"\x07\0\0\0"
    area = mmap.mmap(-1, 3 * 4096)
    area[4096:8192] = meta
    words = np.frombuffer(meta, dtype="<u4")
    for buffer in (meta, bytearray(meta), memoryview(meta), memoryview(area)[4096:8192], words):
        assert pointers.owns(buffer, ()).tolist() == [[7, 1, 0]]
    for wrong in (meta[1:], meta + b"\0", b"", area):
        with pytest.raises(ValueError, match="exactly 4096 bytes"):
            pointers.owns(wrong, ())
    with pytest.raises(ValueError, match="at most 512 bytes"):
        _load(make_runs(), engine).owns(bytes(513), (1,))


def test_wrong_questions(engine: str) -> None:
    pointers, meta = _load(make_pointers(), engine), bytes(4096)
    questions = {
        "takes 0 arguments": lambda: pointers.owns(meta, (1,)),
        "takes 2 arguments": lambda: pointers.run_method("set", bytearray(meta), (), (1,)),
        "no method `get`": lambda: pointers.changes("get", meta, (), ()),
        "has no `acl`": lambda: pointers.acl(meta, meta, (), 1, 1),
        "has no `identity`": lambda: pointers.identity(()),
        "-1 is not a u64": lambda: pointers.owns(meta, (), -1),
        f"{1 << 64} is not a u64": lambda: pointers.partitions(1 << 64, ()),
    }
    for message, question in questions.items():
        with pytest.raises(ValueError, match=message):
            question()
    with pytest.raises((BufferError, ValueError)):
        pointers.run_method("set", memoryview(meta), (), (1, 1))  # type: ignore[arg-type]
    assert pointers.used(meta, ()).shape == (0, 2)
    assert pointers.names(meta, ()).shape == (0, 3)
    assert _load(make_directory(), engine).identity(((1 << 64) - 1,)) == (1 << 64) - 1


def _iterate_early_returns() -> Iterator[Template]:
    """Templates whose functions cannot be put into a loop: one returns early, one counts so."""
    early = """
        func owns(region meta: read, size 4096; region arguments: read, size 8; %0 partition: u64)
            emits (u64, u64, u64) max 1 {
          %1 = const u64 9
          %2 = ult %1, %0
          if %2 {
            return
          }
          emit %0, %1, %1
          return
        }"""
    counts = """
        func partitions(region arguments: read, size 8; %0 length: u64) -> (u64) {
          %1 = const u64 12
          if %2 {
            return %1
          }
          return %0
        }""".replace("if %2", "%2 = ult %1, %0\nif %2")
    pointers = make_pointers()
    yield replace(pointers, owns=parse(early), partitions=parse(counts))
    yield replace(pointers, partitions=parse(counts))
    yield replace(pointers, owns=parse(early))


@needs_native
@pytest.mark.parametrize("template", tuple(_iterate_early_returns()))
def test_what_has_no_loop_is_asked_one_by_one(template: Template) -> None:
    assert make_loop(template.owns, template.partitions, find_policy(template, "owns")) is None
    meta = b"\x03\0\0\0" * 1024
    native, interpreted = load_template(template), load_template(template, "interpreter")
    for first, count in ((0, None), (3, 5), (11, 9), (5000, 1)):
        expected = interpreted.owns(meta, (), first, count)
        assert np.array_equal(native.owns(meta, (), first, count), expected)
    assert len(native.owns(meta, ())) in (10, 12)


@needs_native
def test_threads_share_a_template() -> None:
    pointers = load_template(make_pointers())
    wrong: list[int] = []

    def ask(number: int) -> None:
        meta = number.to_bytes(4, "little") * 1024
        for _ in range(200):
            found = pointers.owns(meta, ())
            if len(found) != 1024 or (found[:, 0] != number).any():
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
