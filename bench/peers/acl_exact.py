"""DPDK's librte_acl with the sessions or ports as rules, by `acl.c` in a process of its own.

librte_acl is given pointers to the IPv4 protocol and reads the fields where they lie: the ethertype, the
header's length and the frame's are not looked at, and every pass has the same order. So its figures are a
little too good.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import weakref
from array import array
from pathlib import Path

from bench.peers.contender import Frames, Measured, Peer, Prepared, absent
from bench.scale_workload import Row, Scale

_SOURCE = Path(__file__).with_name("acl.c")
_ROUNDS = 101  # a round is one pass over the frames
OTHER_LINES = frozenset(("build", "memory", "rules"))


class Acl:
    """The compiled program; `find_acl` makes it. Its directory goes when this object does."""

    def __init__(self, program: Path, directory: tempfile.TemporaryDirectory[str]) -> None:
        self._program = program
        weakref.finalize(self, directory.cleanup)

    def measure(self, scale: Scale, frames: Frames) -> Prepared:
        """Build the rules and classify, with every back end of this processor; return the fastest."""
        make_rule = _RULES.get(scale.template)
        if make_rule is None:
            return "there are no rules for these filters"
        with tempfile.TemporaryDirectory() as directory:
            rules, packets, answers = (Path(directory) / name for name in ("rules", "frames", "answers"))
            rules.write_bytes(
                array("I", (number for row in scale.rows for number in make_rule(row))).tobytes()
            )
            packets.write_bytes(frames.memory[:])
            command = [*map(str, (self._program, rules, packets, answers, _ROUNDS))]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode != 0:
                lines = run.stderr.strip().splitlines() or [f"it ended with {run.returncode}"]
                return f"librte_acl fails ({lines[-1]})"
            return _read_report(run.stdout, array("I", answers.read_bytes()))


def _make_session_rule(row: Row) -> Row:
    """Return addresses with their bits, ranges of ports, protocol with its mask."""
    source, sport, target, dport = row
    return (source, 32, target, 32, sport, sport, dport, dport, 6, 0xFF)


def _make_port_rule(row: Row) -> Row:
    (dport,) = row
    return (0, 0, 0, 0, 0, 0xFFFF, dport, dport, 17, 0xFF)


_RULES = {"conn": _make_session_rule, "port": _make_port_rule}


def _read_report(report: str, answers: array[int]) -> Measured:
    """Return the fastest back end of what `acl.c` prints."""
    lines = [line.split() for line in report.splitlines()]
    times = {name: float(values[0]) for name, *values in lines if name not in OTHER_LINES}
    wrong = [name for name, *values in lines if name in times and values[1] != "0"]
    assert not wrong, f"librte_acl's back ends disagree: {wrong}"
    facts = {name: values[0] for name, *values in lines if name in OTHER_LINES}
    best = min(times, key=times.__getitem__)
    each = ", ".join(f"{name} {nanoseconds:.1f}" for name, nanoseconds in times.items())
    note = f"{each} ns; built in {float(facts['build']):.3g} s, {int(facts['memory']) >> 10} KB"
    return Measured(times[best], answers, note)


def find_acl() -> Peer:
    """Compile `acl.c` and return the peer."""
    compiled = compile_acl()
    return absent(compiled) if isinstance(compiled, str) else Acl(*compiled).measure


def compile_acl() -> tuple[Path, tempfile.TemporaryDirectory[str]] | str:
    """Compile `acl.c`; return the program and its directory, or the reason why not."""
    compiler, configure = shutil.which("cc"), shutil.which("pkg-config")
    if compiler is None or configure is None:
        return "there is no C compiler `cc`, or no `pkg-config`"
    options = subprocess.run(
        [configure, "--cflags", "--libs", "libdpdk"], capture_output=True, text=True, check=False
    )
    if options.returncode != 0:
        return "DPDK is not installed (on Debian: apt install libdpdk-dev)"
    directory = tempfile.TemporaryDirectory()
    program = Path(directory.name) / "acl"
    command = [compiler, "-O3", "-o", str(program), str(_SOURCE), *options.stdout.split()]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        reason = next((line for line in run.stderr.splitlines() if "error" in line), "no reason given")
        directory.cleanup()
        return f"`cc {_SOURCE.name}` failed ({reason})"
    return program, directory
