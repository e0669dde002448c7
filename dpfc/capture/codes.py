"""What `dpfc explain CAP0xx` prints: everything that can be wrong with a capture, or with writing one."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    """Return an entry; no program causes these, damaged or missing files do."""
    return CodeEntry(code, title, meaning, bad="", good="", language="none")


_CUT = (
    "The packets before the damage were used, so counts and files made from them are correct as far as "
    "they go. `tcpdump -r old -w new` or `editcap old new` writes a capture without the damaged rest."
)

CODES: tuple[CodeEntry, ...] = (
    _entry(
        "CAP001",
        "the capture cannot be read",
        "The system refused to open, map or read the file. Check the path and its permissions; `-` is "
        "standard input.",
    ),
    _entry(
        "CAP002",
        "the capture is empty",
        "A capture without packets still has a file header. The program that wrote it was probably stopped "
        "at once.",
    ),
    _entry(
        "CAP003",
        "not a capture",
        "The file starts with none of the magic numbers of pcap (microseconds, nanoseconds, the patched "
        "format; both byte orders) or pcapng, nor, inside gzip or zstd, does what is decompressed. "
        "`editcap` converts other formats.",
    ),
    _entry(
        "CAP004",
        "the file header is cut",
        "The file is shorter than the 24 bytes of a pcap file header: there is nothing to use in it.",
    ),
    _entry(
        "CAP005",
        "unknown version of the format",
        "Versions 2.0 to 2.4 of pcap exist (and DG/UX's 543.0), 1.0 and 1.2 of pcapng; other numbers mean "
        "damage.",
    ),
    _entry(
        "CAP006",
        "the capture is cut",
        "The file ends in the middle of a packet or block, as when the disk was full or the program that "
        "wrote it was killed. " + _CUT,
    ),
    _entry(
        "CAP007",
        "a packet is too long to be true",
        "A packet claims more captured bytes than its link type can have or than the snapshot length "
        "allows: the file is damaged there, and where the next packet starts is unknown. " + _CUT,
    ),
    _entry(
        "CAP008",
        "a block's frame is damaged",
        "A pcapng block says its length at both ends: a multiple of 4, at least 12, the same number. A "
        "section header also has a byte order mark. Without them, where the next block starts is unknown. "
        + _CUT,
    ),
    _entry(
        "CAP009",
        "unknown interface",
        "A pcapng packet belongs to an interface that its section has not described, so its link type is "
        "unknown; or a section describes more interfaces than any machine has. " + _CUT,
    ),
    _entry(
        "CAP010",
        "a block's contents are damaged",
        "A pcapng block is shorter than what it says it holds, or an option about timestamps is "
        "impossible. " + _CUT,
    ),
    _entry(
        "CAP011",
        "the compressed data is damaged",
        "The gzip or zstd data is cut, has a wrong checksum, needs more than 128 MiB of window, or is "
        "followed by something else. " + _CUT,
    ),
    _entry(
        "CAP012",
        "captures cannot be written",
        "The system refused to make the directory or a file in it. Files of this run have not been given "
        "their names.",
    ),
)
