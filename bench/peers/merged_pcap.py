"""libpcap with all filters in one expression, `a or b or c`: how one asks it about N of them at once.

libpcap then says only that some filter accepts, not which.
"""

from __future__ import annotations

import ctypes
from ipaddress import ip_address

from bench.peers.contender import Frames, Peer, Prepared, Ready, absent
from bench.peers.libpcap import LibPcap, PcapError, load_libpcap, make_batch
from bench.peers.pcap_loop import PcapLoop, build_loop
from bench.scale_workload import Row, Scale

MAX_TERMS = 1_000
"""Beyond, libpcap's optimizer takes minutes, or its parser the stack."""

_ETHERNET = 1


class MergedPcap:
    """libpcap and its loop in C; `find_merged_pcap` makes it."""

    def __init__(self, libpcap: LibPcap, loop: PcapLoop) -> None:
        self._libpcap = libpcap
        self._loop = loop

    def prepare(self, scale: Scale, frames: Frames) -> Prepared:
        """Compile one expression that accepts what any of the filters accepts."""
        if len(scale.rows) > MAX_TERMS:
            return f"expressions of more than {MAX_TERMS} terms are not tried"
        write_term = _TERMS.get(scale.template)
        if write_term is None:
            return "there is no expression for these filters"
        try:
            program = self._libpcap.compile(" or ".join(map(write_term, scale.rows)), _ETHERNET)
        except PcapError as error:
            return f"libpcap refuses the expression ({str(error)[-80:]})"
        batch = make_batch(frames.memory[:], frames.offsets, frames.lengths, frames.lengths)
        answers = (ctypes.c_uint64 * frames.count)()
        return Ready(
            lambda: self._loop.classify("first", (program,), batch, answers),
            lambda: answers[: frames.distinct],
            numbered=False,
            note=f"{len(program)} BPF instructions",
        )


def _write_session(row: Row) -> str:
    source, sport, target, dport = row
    hosts = f"src host {ip_address(source)} and dst host {ip_address(target)}"
    return f"(tcp src port {sport} and tcp dst port {dport} and {hosts})"


def _write_port(row: Row) -> str:
    return f"udp dst port {row[0]}"


_TERMS = {"conn": _write_session, "port": _write_port}


def find_merged_pcap() -> Peer:
    """Load libpcap, compile its loop, and return the peer."""
    libpcap = load_libpcap()
    if libpcap is None:
        return absent("libpcap is not installed (on Debian: apt install libpcap-dev)")
    loop = build_loop()
    return absent(loop) if isinstance(loop, str) else MergedPcap(libpcap, loop).prepare
