"""Users: what the library refuses politely, and the kernel without being asked; a disk that several share."""

from __future__ import annotations

import errno

import pytest

from tests.libfs.compare import ask
from tests.libfs.world import World
from vm.libfs.filesystem import LibraryFileSystem
from vm.xok.capability import Capability
from vm.xok.refusal import Code, Refusal

DENIED, NOT_OWNER = f"errno {errno.EACCES}", f"errno {errno.EPERM}"


def user(uid: int, gid: int) -> Capability:
    return Capability(uid.to_bytes(4, "little") + gid.to_bytes(3, "little"))


ALICE, BOB, CAROL = user(1000, 50), user(1001, 50), user(1002, 60)


def mount(world: World, capability: Capability) -> LibraryFileSystem:
    return world.mount(capability, shared=True)


@pytest.fixture
def users(either: World) -> tuple[LibraryFileSystem, LibraryFileSystem, LibraryFileSystem]:
    either.fs.chmod("/", 0o777)
    either.fs.unmount()
    return mount(either, ALICE), mount(either, BOB), mount(either, CAROL)


Users = tuple[LibraryFileSystem, LibraryFileSystem, LibraryFileSystem]


def test_owner_group_and_others(users: Users) -> None:
    alice, bob, carol = users
    alice.create("/file", 0o640)
    alice.write("/file", 0, b"Alice's")
    assert (alice.stat("/file").uid, alice.stat("/file").gid) == (1000, 50)
    assert bob.read("/file", 0, 100) == b"Alice's"
    assert ask(bob, "write", "/file", 0, b"x") == DENIED
    assert ask(carol, "read", "/file", 0, 100) == DENIED
    alice.chmod("/file", 0o666)
    assert carol.write("/file", 0, b"Carol") == 5
    assert alice.read("/file", 0, 100) == b"Carol's"
    for call, arguments in {"chmod": (0o777,), "chown": (1002, 60), "utimes": (1, 1)}.items():
        assert ask(carol, call, "/file", *arguments) == NOT_OWNER
    assert ask(alice, "chown", "/file", 1001, 50) == NOT_OWNER
    alice.chmod("/file", 0)
    assert ask(alice, "read", "/file", 0, 1) == DENIED
    alice.chmod("/file", 0o400)
    assert ask(alice, "write", "/file", 0, b"x") == DENIED
    assert alice.check() == []


def test_directories(users: Users) -> None:
    alice, bob, carol = users
    alice.mkdir("/private", 0o700)
    alice.create("/private/file")
    assert ask(bob, "listdir", "/private") == DENIED
    assert ask(bob, "stat", "/private/file") == DENIED
    assert ask(bob, "create", "/private/x") == DENIED
    alice.mkdir("/group", 0o770)
    bob.create("/group/bob's")
    bob.mkdir("/group/directory")
    assert alice.stat("/group").links == 3
    assert ask(carol, "create", "/group/x") == DENIED
    alice.mkdir("/read", 0o755)
    alice.create("/read/file", 0o644)
    assert bob.listdir("/read")[0][0] == "file"
    for call, arguments in {
        "unlink": ("/read/file",),
        "rename": ("/read/file", "/read/x"),
        "link": ("/read/file", "/read/x"),
        "symlink": ("x", "/read/x"),
        "mkdir": ("/read/x",),
    }.items():
        assert ask(bob, call, *arguments) == DENIED
    assert alice.check() == []


def test_changes_are_seen_at_once(users: Users) -> None:
    alice, bob, _ = users
    alice.mkdir("/both", 0o777)
    for number in range(60):
        (alice, bob)[number % 2].create(f"/both/{number}", 0o666)
    assert len(alice.listdir("/both")) == len(bob.listdir("/both")) == 60
    assert ask(bob, "create", "/both/0") == f"errno {errno.EEXIST}"
    bob.write("/both/0", 0, b"from Bob")
    assert alice.read("/both/0", 0, 100) == b"from Bob"
    alice.truncate("/both/0", 4)
    alice.write("/both/0", 5000, b"!")
    assert bob.read("/both/0", 0, 6) == b"from\0\0"
    for number in range(0, 60, 2):
        alice.unlink(f"/both/{number}")
        assert not bob.exists(f"/both/{number}")
    bob.rename("/both/1", "/both/2")
    assert alice.exists("/both/2")
    alice.create("/both/4", 0o666)
    alice.write("/both/4", 0, b"a block used again")
    assert bob.read("/both/4", 0, 100) == b"a block used again"
    bob.sync()
    alice.sync()
    assert alice.check() == []


def test_a_file_that_somebody_else_may_not_free(users: Users) -> None:
    """Who may write a directory may take a name away; the inode is freed by its owner, or by `repair`."""
    alice, bob, _ = users
    alice.create("/file", 0o644)
    alice.write("/file", 0, b"x" * 5000)
    bob.unlink("/file")
    assert not alice.exists("/file")
    assert len(alice.check()) == 1
    bob.sync()
    alice.sync()


def test_the_kernel_does_not_need_the_library(users: Users) -> None:
    """A library that asks nobody is refused by XN."""
    alice, bob, _ = users
    alice.create("/file", 0o644)
    alice.write("/file", 0, b"x" * 5000)
    alice.mkdir("/read", 0o755)
    alice.create("/read/file")
    bob.read("/file", 0, 10)
    bob.stat("/read/file")
    sys, node = bob.volume.sys, bob.format.find(bob.stat("/file").inode)
    attempts = [
        lambda: sys.xn_call(node.place, "set_mode", (0o777,)),
        lambda: sys.xn_call(node.place, "set_owner", (1001, 50)),
        lambda: sys.xn_call(node.place, "clear_beyond", (0,)),
        lambda: sys.xn_write_bytes(node.place, 4, bytes(8)),
        lambda: sys.xn_view(node.pointer(0), True),
        lambda: sys.xn_set_dirty([node.pointer(0)]),
    ]
    for attempt in attempts:
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.code is Code.ACCESS_DENIED
    assert alice.read("/file", 0, 10) == b"x" * 10


def test_only_root_makes_file_systems(either: World) -> None:
    from tests.libfs.world import FORMATS

    sys = either.session.login(ALICE)
    with pytest.raises(PermissionError):
        FORMATS[either.setting.format_].make(sys, "another")
    assert [root.name for root in sys.xn_roots()] == ["fs"]
