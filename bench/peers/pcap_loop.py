"""libpcap's classification loops, compiled from `pcap_bench.c` for this run.

In: programs and packets of `bench.peers.libpcap`. Out: answers per packet, computed without Python in the
loop. On a machine without a C compiler or libpcap's headers `build_loop` returns the reason.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from bench.peers.libpcap import Batch, Program

_SOURCE = Path(__file__).with_name("pcap_bench.c")

Mode: TypeAlias = Literal["all", "first"]


class PcapLoop:
    """The compiled loops; `build_loop` makes it."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    def classify(
        self, mode: Mode, programs: Sequence[Program], batch: Batch, answers: ctypes.Array[ctypes.c_uint64]
    ) -> None:
        """Ask all `programs` about each packet, or up to the first that accepts.

        Args:
            mode: `all`: an answer is a mask, bit p for program p; `first`: the number of a program, from 1.
            programs: at most 64.
            batch: the packets.
            answers: one per packet, overwritten.
        """
        assert len(programs) <= 64, "a mask has 64 bits"
        assert len(answers) == len(batch.headers), "one answer per packet"
        addresses = (ctypes.c_void_p * len(programs))(*(program.address for program in programs))
        loop = self._library.classify_all if mode == "all" else self._library.classify_first
        loop(addresses, len(programs), batch.headers, batch.data_addresses, len(answers), answers)


def build_loop() -> PcapLoop | str:
    """Compile the loops into a temporary directory and load them; a string is the reason why not."""
    compiler = shutil.which("cc")
    if compiler is None:
        return "there is no C compiler `cc`"
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "pcap_bench.so"
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(target), str(_SOURCE), "-lpcap"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            reason = next((line for line in run.stderr.splitlines() if "error" in line), "no reason given")
            return f"`cc -lpcap` failed ({reason}); on Debian: apt install libpcap-dev"
        library = ctypes.CDLL(str(target))
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    for function in (library.classify_all, library.classify_first):
        function.restype, function.argtypes = None, (pointer, size, pointer, pointer, size, pointer)
    return PcapLoop(library)
