"""Random calls to both file systems and to a model: answers, errors, in the end everything, are the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.libfs.compare import agree, agree_about_everything, ask
from tests.libfs.model import NAME_BYTES, Model
from tests.libfs.world import Setting, World, Worlds
from vm.libfs.interface import Options

EXAMPLES, STEPS = 30, 100

NAMES = st.sampled_from(["a", "b", "c", "long-name-of-some-bytes", "d" * 100, "e" * 121, "f" * 256, "ä"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))
EASY = st.sampled_from(["/a", "/b", "/a/a", "/a/b", "/a/b/c", "/b/a", "/b/" + "d" * 100, "/c"])
ANY = st.one_of(EASY, EASY, PATHS, st.just("/"))
TARGETS = st.sampled_from(["/a", "b", "../a", "/c", "a/b", "x" * 200])
OFFSETS = st.one_of(
    st.integers(0, 9000),
    st.sampled_from([4095, 4096, 15 * 4096, 15 * 4096 - 1, 40 * 4096, 1039 * 4096 + 17, (1 << 32) - 1]),
)
SIZES = st.one_of(st.integers(0, 200), st.sampled_from([4096, 5000, 20 * 4096]))


class Machine(RuleBasedStateMachine):
    worlds: Worlds
    setting: Setting

    @initialize()
    def begin(self) -> None:
        self.world = self.worlds.make(self.setting)
        self.model = Model(NAME_BYTES[self.setting.format_])
        self.handles: list[tuple[Any, int]] = []

    @property
    def fs(self) -> Any:
        return self.world.fs

    def both(self, call: str, *arguments: Any) -> Any:
        return agree(self.fs, self.model, call, *arguments)

    @rule(path=ANY)
    def create(self, path: str) -> None:
        self.both("create", path)

    @rule(path=ANY)
    def mkdir(self, path: str) -> None:
        self.both("mkdir", path)

    @rule(path=ANY, offset=OFFSETS, size=SIZES, byte=st.integers(1, 255))
    def write(self, path: str, offset: int, size: int, byte: int) -> None:
        if offset + size < 1 << 24 or size < 10000:
            data = bytes([byte]) * size
            if offset > 1 << 24:
                return
            self.both("write", path, offset, data)

    @rule(path=ANY, offset=OFFSETS, size=SIZES)
    def read(self, path: str, offset: int, size: int) -> None:
        self.both("read", path, offset, size)

    @rule(path=ANY, size=OFFSETS)
    def truncate(self, path: str, size: int) -> None:
        if size < 1 << 24:
            self.both("truncate", path, size)

    @rule(path=ANY, offset=OFFSETS, size=st.integers(1, 50000))
    def punch(self, path: str, offset: int, size: int) -> None:
        self.both("punch", path, offset, size)

    @rule(path=ANY, offset=st.integers(0, 100000), size=st.integers(1, 50000), keep=st.booleans())
    def allocate(self, path: str, offset: int, size: int, keep: bool) -> None:
        self.both("allocate", path, offset, size, keep)

    @rule(old=ANY, new=ANY)
    def link(self, old: str, new: str) -> None:
        self.both("link", old, new)

    @rule(leads_to=TARGETS, path=ANY)
    def symlink(self, leads_to: str, path: str) -> None:
        self.both("symlink", leads_to, path)

    @rule(path=ANY)
    def readlink(self, path: str) -> None:
        self.both("readlink", path)

    @rule(old=ANY, new=ANY)
    def rename(self, old: str, new: str) -> None:
        if old != "/" and new != "/":
            self.both("rename", old, new)

    @rule(old=EASY, new=EASY)
    def rename_easily(self, old: str, new: str) -> None:
        self.both("rename", old, new)

    @rule(path=ANY)
    def unlink(self, path: str) -> None:
        if path != "/":
            self.both("unlink", path)

    @rule(path=ANY)
    def rmdir(self, path: str) -> None:
        if path != "/":
            self.both("rmdir", path)

    @rule(path=ANY)
    def look(self, path: str) -> None:
        self.both("stat", path)
        self.both("listdir", path)

    @rule(path=ANY, mode=st.integers(0, 0o777))
    def chmod(self, path: str, mode: int) -> None:
        self.both("chmod", path, mode)

    @rule(path=ANY)
    def open(self, path: str) -> None:
        wanted, found = ask(self.model, "open", path), ask(self.fs, "open", path)
        if isinstance(wanted, str):
            assert found == wanted
        else:
            self.handles.append((found, wanted))

    @rule(number=st.integers(0, 5), offset=st.integers(0, 9000), size=st.integers(0, 5000))
    def use(self, number: int, offset: int, size: int) -> None:
        if number < len(self.handles):
            handle, known = self.handles[number]
            node = self.model.handles[known]
            assert self.fs.write_handle(handle, offset, b"h" * size) == size
            self.model.store(node, offset, b"h" * size)
            assert self.fs.read_handle(handle, 0, 20000) == bytes(node.content[:20000])
            assert self.fs.stat_handle(handle).links == node.links

    @rule(number=st.integers(0, 5))
    def close(self, number: int) -> None:
        if number < len(self.handles):
            self.fs.close(self.handles.pop(number)[0])

    @rule()
    def sync(self) -> None:
        self.fs.sync()

    @rule(path=ANY)
    def fsync(self, path: str) -> None:
        ask(self.fs, "fsync", path)

    @rule()
    def drop(self) -> None:
        self.fs.sync()
        self.fs.drop_caches()

    @rule()
    def remount(self) -> None:
        self.world.remount()
        self.handles.clear()

    @rule()
    def reboot(self) -> None:
        if not self.handles:
            self.fs.sync()
            self.world.reboot()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            agree_about_everything(self.fs, self.model)
            self.fs.sync()
            used = count_used(self.world)
            self.world.reboot()
            agree_about_everything(self.fs, self.model)
            if not self.handles:
                assert count_used(self.world) == used, "what recovery finds in use is what was in use"


def count_used(world: World) -> int:
    space = world.fs.statfs()
    return space.blocks - space.free


KINDS = [
    Setting("cffs"),
    Setting("cffs", Options(grouping=False)),
    Setting("ffs"),
    Setting("ffs", Options(grouping=False), write_cache=True),
]


def run(worlds: Worlds, setting: Setting, examples: int) -> None:
    class Bound(Machine):
        pass

    Bound.worlds, Bound.setting = worlds, setting
    run_state_machine_as_test(
        Bound,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )


@pytest.mark.parametrize("setting", KINDS, ids=str)
def test_like_the_model(worlds: Worlds, setting: Setting) -> None:
    run(worlds, setting, EXAMPLES)


@pytest.mark.long
@pytest.mark.parametrize("setting", KINDS, ids=str)
def test_like_the_model_for_long(worlds: Worlds, setting: Setting) -> None:
    run(worlds, setting, 400)
