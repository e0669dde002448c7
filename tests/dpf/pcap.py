"""Just enough of the pcap format for tests: the link type and the captured bytes of each packet."""

from __future__ import annotations

import struct


def read_pcap(data: bytes) -> tuple[int, list[bytes]]:
    order = "<" if data[:4] in {b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"} else ">"
    link_type = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    packets = []
    offset = 24
    while offset + 16 <= len(data):
        captured = struct.unpack(order + "I", data[offset + 8 : offset + 12])[0]
        packets.append(data[offset + 16 : offset + 16 + captured])
        offset += 16 + captured
    return link_type, packets
