"""What depends on the number of a link type: how large its packets get, and which numbers mean the same.

In: the number in a file. Out: the LINKTYPE_ number, and the largest packet that is believed.
"""

from __future__ import annotations

from runtime import limits

_SAME = {12: 101}
"""Raw IP: Linux's own number (DLT_RAW), which some programs put into files, and the one for files."""

_USUAL_MAXIMUM = 262144
_MAXIMUMS = {
    189: limits.MAX_MESSAGE_BYTES,  # USB, Linux
    220: limits.MAX_MESSAGE_BYTES,  # USB, Linux, memory-mapped
    231: limits.MAX_MESSAGE_BYTES,  # D-Bus: 128 MiB by its specification
    249: limits.MAX_MESSAGE_BYTES,  # USBPcap
    279: 8 << 20,  # EBHSCR
}


def canonical_link_type(number: int) -> int:
    """Return the LINKTYPE_ number that `number` stands for."""
    return _SAME.get(number, number)


def sane_maximum(link_type: int) -> int:
    """Return the most captured bytes of one packet that are believed; the numbers are libpcap's."""
    return _MAXIMUMS.get(link_type, _USUAL_MAXIMUM)
