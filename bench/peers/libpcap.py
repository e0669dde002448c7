"""libpcap, through ctypes: compile a tcpdump expression and ask it about packets in memory.

In: packets as one buffer with offsets and lengths (the shape that `Classifier.classify_batch` takes, so that
both sides see the same bytes). Out: one byte per packet, 1 where libpcap accepts. On a machine without
libpcap `load_libpcap` returns None and the callers say so.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

_NETMASK_UNKNOWN = 0xFFFFFFFF
_SNAPSHOT_BYTES = 1 << 18
_ERROR_BYTES = 256


class PcapError(Exception):
    """libpcap refused an expression; the message is libpcap's own."""


class _Program(ctypes.Structure):
    """`struct bpf_program`."""

    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


class _PacketHeader(ctypes.Structure):
    """`struct pcap_pkthdr`: a timeval, the captured length, the length on the wire."""

    _fields_ = (
        ("seconds", ctypes.c_long),
        ("microseconds", ctypes.c_long),
        ("captured", ctypes.c_uint32),
        ("length", ctypes.c_uint32),
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Packets laid out for libpcap. Made by `make_batch`; keeps the memory alive that the addresses point to.

    Args:
        headers: one packet header per packet.
        data: the captured bytes of all packets.
        header_addresses: where each packet's header is.
        data_addresses: where each packet's bytes are.
    """

    headers: ctypes.Array[_PacketHeader]
    data: ctypes.Array[ctypes.c_char]
    header_addresses: tuple[int, ...]
    data_addresses: ctypes.Array[ctypes.c_void_p]


def make_batch(
    buffer: bytes, offsets: Sequence[int], lengths: Sequence[int], wire_lengths: Sequence[int]
) -> Batch:
    """Lay out the packets `buffer[offset : offset + length]` for libpcap.

    Args:
        buffer: the captured bytes of all packets.
        offsets: where each packet starts in `buffer`.
        lengths: how many bytes of each were captured.
        wire_lengths: how long each was on the wire: what `len`, `greater` and `less` read.
    """
    headers = (_PacketHeader * len(offsets))()
    for header, length, wire_length in zip(headers, lengths, wire_lengths):
        header.captured, header.length = length, wire_length
    data = ctypes.create_string_buffer(buffer, len(buffer) + 1)
    first_header, first_byte = ctypes.addressof(headers), ctypes.addressof(data)
    size = ctypes.sizeof(_PacketHeader)
    return Batch(
        headers,
        data,
        tuple(first_header + index * size for index in range(len(offsets))),
        (ctypes.c_void_p * len(offsets))(*(first_byte + offset for offset in offsets)),
    )


class Program:
    """One compiled expression; `LibPcap.compile` makes it."""

    def __init__(self, library: ctypes.CDLL, program: _Program) -> None:
        self._library = library
        self._program = program

    def __len__(self) -> int:
        """Return the number of BPF instructions."""
        return int(self._program.length)

    @property
    def address(self) -> int:
        """Where the `struct bpf_program` is, for as long as this object lives."""
        return ctypes.addressof(self._program)

    def __del__(self) -> None:
        """Give the instructions back to libpcap."""
        self._library.pcap_freecode(ctypes.byref(self._program))

    def select(self, batch: Batch) -> bytes:
        """Return one byte per packet of `batch`: 1 where the expression accepts it, else 0."""
        ask = self._library.pcap_offline_filter
        answers = map(ask, repeat(self.address), batch.header_addresses, batch.data_addresses)
        return bytes(map(bool, answers))


class LibPcap:
    """The loaded library; `load_libpcap` makes it."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    @property
    def version(self) -> str:
        """The library's own version line."""
        return bytes(self._library.pcap_lib_version()).decode("ascii", "replace")

    def compile(self, expression: str, link_type: int) -> Program:
        """Compile a tcpdump expression, optimized, for packets of one link type.

        An expression that no packet of the link type can satisfy is an error to libpcap's optimizer;
        unoptimized it compiles, to a program that rejects all packets.

        Args:
            expression: pcap-filter(7) text.
            link_type: a LINKTYPE_ number.

        Raises:
            PcapError: libpcap refuses the expression for this link type.
        """
        handle = self._open(link_type)
        try:
            try:
                return self._compile(handle, expression, optimize=True)
            except PcapError as error:
                if "rejects all packets" not in str(error):
                    raise
                return self._compile(handle, expression, optimize=False)
        finally:
            self._library.pcap_close(handle)

    def _open(self, link_type: int) -> int:
        """Open an empty capture: `tcpdump -r` reads some link types otherwise than `pcap_open_dead` does."""
        with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
            file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _SNAPSHOT_BYTES, link_type))
            file.flush()
            error = ctypes.create_string_buffer(_ERROR_BYTES)
            handle = self._library.pcap_open_offline(file.name.encode(), error)
        if not handle:
            raise PcapError(error.value.decode("utf-8", "replace"))
        return int(handle)

    def _compile(self, handle: int, expression: str, *, optimize: bool) -> Program:
        program = _Program()
        arguments = (ctypes.byref(program), expression.encode(), int(optimize), _NETMASK_UNKNOWN)
        if self._library.pcap_compile(handle, *arguments) != 0:
            message = bytes(self._library.pcap_geterr(handle)).decode("utf-8", "replace")
            raise PcapError(f"{expression}: {message}")
        return Program(self._library, program)


def load_libpcap() -> LibPcap | None:
    """Return libpcap, or None where the system has none."""
    path = ctypes.util.find_library("pcap")
    if path is None:
        return None
    library = ctypes.CDLL(path)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("pcap_lib_version", text, ()),
        ("pcap_open_offline", pointer, (text, text)),
        ("pcap_close", None, (pointer,)),
        ("pcap_geterr", text, (pointer,)),
        ("pcap_compile", number, (pointer, pointer, text, number, ctypes.c_uint32)),
        ("pcap_offline_filter", number, (pointer, pointer, pointer)),
        ("pcap_freecode", None, (pointer,)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return LibPcap(library)
