"""A machine for attacks: a small disk, users, and a check of all invariants after each of their calls.

In: templates by name of a file in `types`, or as text. Out: `Bench`, and `User`: `SystemCalls` with a few
words more.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime.source import Source
from runtime.template.download.form import encode_templates
from tests.xn.drive import switch_on
from tests.xn.invariants import check_disk, check_invariants
from udfc.language.parse import parse_file
from udfc.lower import lower_files
from udfc.program import compile_templates
from vm.boot import boot, format_disk
from vm.machine.store import MemoryStore, OverlayStore, Store
from vm.xn.bind import reclaim_pages
from vm.xn.owned import Type
from vm.xn.types import TypeLibrary
from vm.xok.capability import ROOT, Capability
from vm.xok.refusal import Code, Refusal

TYPES = Path(__file__).parent / "types"
ALICE, BOB = Capability(b"A"), Capability(b"B")
ALICE_ID, BOB_ID, NOBODY_ID = 0x41, 0x42, 0x7F


class Forms:
    """What all tests share: download forms, each compiled once, and empty disks."""

    def __init__(self) -> None:
        self._forms: dict[str, bytes] = {}
        self._zeros: dict[int, MemoryStore] = {}

    def zeros(self, sectors: int) -> MemoryStore:
        """Return a disk of zeros, to lay something over."""
        if sectors not in self._zeros:
            self._zeros[sectors] = MemoryStore(sectors)
        return self._zeros[sectors]

    def load(self, name: str) -> bytes:
        """Return the form of `types/NAME.udf`, or of a shipped file."""
        if name not in self._forms:
            path = TYPES / f"{name}.udf"
            self._forms[name] = encode_templates(compile_templates(str(path) if path.exists() else name))
        return self._forms[name]

    def compile(self, text: str) -> bytes:
        """Return the form of a text."""
        if text not in self._forms:
            self._forms[text] = encode_templates(lower_files([parse_file(Source("test.udf", text))]))
        return self._forms[text]


class Bench:
    """A machine that runs.

    Args:
        library: proved types.
        forms: compiled types.
        store: a disk that was formatted; None: a new one.
        blocks, ordered: of a new disk.
        write_cache, pages: of the machine.
        recover: of the boot.
    """

    def __init__(
        self,
        library: TypeLibrary,
        forms: Forms,
        store: Store | None = None,
        blocks: int = 2048,
        ordered: bool = False,
        write_cache: bool = False,
        pages: int = 1024,
        recover: str = "auto",
    ) -> None:
        self.library, self.forms = library, forms
        self.store: Store = OverlayStore(forms.zeros(blocks * 8), {}) if store is None else store
        self.options = {"write_cache": write_cache, "pages": pages}
        self.machine = switch_on(self.store, pages, write_cache)
        if store is None:
            format_disk(self.machine, ordered)
        self.session = boot(self.machine, library, recover)  # type: ignore[arg-type]
        self.state = self.session.storage
        self.checks = True

    def login(self, capability: Capability = ROOT) -> User:
        """Return a new environment."""
        return User(self, self.session.login(capability))

    def check(self) -> None:
        """Assert all invariants of the core."""
        if self.checks:
            check_invariants(self.state)

    def check_disk(self) -> None:
        """Assert that a crash now would hurt nobody."""
        check_disk(self.state, self.store, self.library)

    def idle(self) -> None:
        """Let time pass until the disk has nothing to do."""
        clock = self.machine.clock
        while self.machine.disk.busy or (clock.next_at is not None and clock.next_at <= clock.now):
            assert clock.run_next()
        self.check()

    def crash(self, recover: str = "auto") -> Bench:
        """Return what comes after a crash now: the disk as it is. This machine is not to be used any more."""
        return self.overlay({}, recover)

    def overlay(self, changed: dict[int, bytes], recover: str = "auto") -> Bench:
        """Return a boot of this disk with some sectors changed."""
        return Bench(
            self.library, self.forms, OverlayStore(self.store, changed), recover=recover, **self.options
        )  # type: ignore[arg-type]

    def destroy(self, user: User) -> None:
        """End an environment."""
        self.session.kernel.destroy(user.environment)
        self.check()


class User:
    """An environment, and the code that acts as it; each of its calls is followed by a check."""

    def __init__(self, bench: Bench, sys: Any) -> None:
        self.bench, self.sys = bench, sys
        self.environment = sys._environment
        self.calls = 0  # that were answered

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.sys, name)
        if not name.startswith("xn_"):
            return call

        def checked(*arguments: Any, **options: Any) -> Any:
            try:
                answer = call(*arguments, **options)
                self.calls += 1
                return answer
            finally:
                self.bench.check()

        return checked

    @property
    def id(self) -> int:
        """The number of the environment."""
        number: int = self.environment.id
        return number

    def install(self, name: str, text: str | None = None) -> dict[str, Type]:
        """Install types, unless the disk has them."""
        known = self.xn_types()
        if name in known:
            return dict(known[name])
        forms = self.bench.forms
        found: dict[str, Type] = self.xn_install(
            name, forms.load(name) if text is None else forms.compile(text)
        )
        return found

    def page(self, data: bytes = b"") -> int:
        """Return a new page with `data`."""
        page: int = self.sys.page_allocate()
        if data:
            view = self.sys.page_bind(page, write=True)
            view[: len(data)] = data
            self.sys.page_unbind(page)
        return page

    def attach(self, *blocks: int) -> None:
        """Give each block a page of zeros."""
        for block in blocks:
            self.xn_attach(block, self.page())

    def fill(self, block: int, data: bytes) -> None:
        """Give a block of data its contents."""
        self.xn_attach(block, self.page(data), contents=True)

    def write(self, *blocks: int) -> None:
        """Write blocks, and wait."""
        self.xn_write(blocks)
        self.bench.idle()

    def read(self, *blocks: int) -> None:
        """Read blocks, and wait."""
        self.xn_read(blocks, [self.page() for _ in blocks])
        self.bench.idle()

    def create(self, name: str, block: int, kind: Type, temporary: bool = False, write: bool = True) -> int:
        """Create a root, and write it."""
        self.xn_create_root(name, block, kind, temporary=temporary)
        self.attach(block)
        if write:
            self.write(block)
        return block

    def open(self, name: str) -> int:
        """Open a root, and read it."""
        block: int = self.xn_open_root(name).start
        if not self.xn_entry(block).in_core:
            self.read(block)
        return block

    def refuse(
        self, code: Code, call: Callable[..., object], *arguments: object, **options: object
    ) -> Refusal:
        """Assert that a call is refused with `code`."""
        with pytest.raises(Refusal) as caught:
            call(*arguments, **options)
        refusal = caught.value
        assert refusal.code is code, f"{refusal.code.name}, not {code.name}: {refusal.message}"
        return refusal


def claim(user: User, block: int, owner: int, public: int = 0) -> None:
    """Make a `zoo_node` that is nobody's somebody's."""
    user.xn_modify((block, ()), None, [(0, words(owner, public))])


def evict(bench: Bench) -> None:
    """Memory is short: buffers that nobody holds go."""
    reclaim_pages(bench.state, 1 << 20)
    bench.check()


def words(*numbers: int) -> bytes:
    """Return numbers as the templates here have them."""
    return struct.pack(f"<{len(numbers)}I", *numbers)
