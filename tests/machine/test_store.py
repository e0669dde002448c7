"""What the medium holds: three kinds of stores that behave the same, and files that survive their writer."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.diagnostic import Refused
from vm.machine.store import SECTOR, ImageStore, MemoryStore, OverlayStore, Store, rot_bit

SECTORS = 12


def sector_of(value: int) -> bytes:
    return bytes([value]) * SECTOR


MAKERS: dict[str, Callable[[Path], Store]] = {
    "memory": lambda path: MemoryStore(SECTORS),
    "bytes": lambda path: MemoryStore(bytes(SECTORS * SECTOR)),
    "image": lambda path: ImageStore.create(path / "image", SECTORS),
    "overlay": lambda path: OverlayStore(MemoryStore(SECTORS), {}),
    "overlay of bytes": lambda path: OverlayStore(bytes(SECTORS * SECTOR), {}),
    "overlay of an overlay": lambda path: OverlayStore(OverlayStore(bytes(SECTORS * SECTOR), {}), {}),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_written_is_read(kind: str, tmp_path: Path) -> None:
    store = MAKERS[kind](tmp_path)
    assert store.sectors == SECTORS
    assert store.read(0, SECTORS) == bytes(SECTORS * SECTOR)
    store.write(3, sector_of(1) + sector_of(2))
    store.write(4, sector_of(3))
    assert store.read(2, 4) == sector_of(0) + sector_of(1) + sector_of(3) + sector_of(0)
    assert store.read(4, 1) == sector_of(3)
    assert store.read(3, 2) == sector_of(1) + sector_of(3)
    assert store.read(SECTORS, 0) == b""


@pytest.mark.parametrize("kind", MAKERS)
def test_nothing_is_outside(kind: str, tmp_path: Path) -> None:
    store = MAKERS[kind](tmp_path)
    with pytest.raises(AssertionError):
        store.write(SECTORS, sector_of(1))
    with pytest.raises(AssertionError):
        store.write(-1, sector_of(1))
    with pytest.raises(AssertionError):
        store.write(0, b"half")
    with pytest.raises(AssertionError):
        store.read(SECTORS - 1, 2)


@pytest.mark.parametrize("kind", MAKERS)
def test_rot_flips_one_bit(kind: str, tmp_path: Path) -> None:
    store = MAKERS[kind](tmp_path)
    rot_bit(store, 5, 4095)
    assert store.read(5, 1) == bytes(511) + b"\x80"
    assert store.read(4, 1) == store.read(6, 1) == sector_of(0)
    rot_bit(store, 5, 4095)
    assert store.read(5, 1) == sector_of(0)


def test_bytes_are_not_changed_under_their_owner() -> None:
    base = bytes(SECTORS * SECTOR)
    store = MemoryStore(base)
    store.write(0, sector_of(1))
    assert base == bytes(SECTORS * SECTOR)
    below = MemoryStore(base)
    above = OverlayStore(below, {2: sector_of(9)})
    above.write(0, sector_of(1))
    assert below.read(0, SECTORS) == base
    assert above.read(0, 3) == sector_of(1) + sector_of(0) + sector_of(9)


@given(st.lists(st.tuples(st.integers(0, SECTORS - 1), st.integers(1, 3), st.integers(0, 255))))
def test_an_overlay_is_like_memory(writes: list[tuple[int, int, int]]) -> None:
    memory, overlay = MemoryStore(SECTORS), OverlayStore(MemoryStore(SECTORS), {})
    for sector, count, value in writes:
        data = sector_of(value) * min(count, SECTORS - sector)
        memory.write(sector, data)
        overlay.write(sector, data)
        for begin in range(SECTORS):
            assert memory.read(begin, SECTORS - begin) == overlay.read(begin, SECTORS - begin)


def test_an_image_stays(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    store = ImageStore.create(path, SECTORS)
    store.write(1, sector_of(8))
    store.close()
    again = ImageStore(path)
    assert again.read(0, 2) == sector_of(0) + sector_of(8)
    again.close()
    with pytest.raises(FileExistsError):
        ImageStore.create(path, SECTORS)


def test_a_partial_sector_at_the_end_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(SECTOR) + b"tail")
    store = ImageStore(path)
    assert store.sectors == 1
    store.write(0, sector_of(1))
    store.close()
    assert path.read_bytes() == sector_of(1) + b"tail"


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    path.write_bytes(b"short")
    with pytest.raises(Refused) as refusal:
        ImageStore(path)
    assert refusal.value.diagnostics[0].code == "DSK001"
    with pytest.raises(FileNotFoundError):
        ImageStore(tmp_path / "absent")


def test_an_image_that_is_cut_off_under_us_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    store = ImageStore.create(path, SECTORS)
    with path.open("r+b") as file:
        file.truncate(SECTOR)
    with pytest.raises(OSError, match="cut off"):
        store.read(0, 2)
    store.close()


WRITER = """
import sys
from pathlib import Path
from vm.machine.machine import make_machine
from vm.machine.store import ImageStore
store = ImageStore(Path(sys.argv[1]))
machine = make_machine(store)
def go_on(number=[0]):
    number[0] += 1
    print(number[0], flush=True)
    machine.disk.write(number[0] % store.sectors, [bytes([number[0] % 256]) * 512], go_on)
machine.disk.write(0, [bytes(512)], go_on)
while machine.clock.run_next():
    pass
"""


def test_an_image_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    ImageStore.create(path, 64).close()
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        done = [int(writer.stdout.readline()) for _ in range(100)][-1]
        writer.send_signal(signal.SIGKILL)
    store = ImageStore(path)
    assert store.sectors == 64
    for number in range(
        max(1, done - 63), done
    ):  # number `done` was announced as started, those before are done
        value = store.read(number % 64, 1)[0]
        assert value % 64 == number % 64
    store.close()
