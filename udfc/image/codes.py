"""What `udfc explain IMG0xx` prints: everything that keeps an image from being looked at."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    """Return an entry; no program causes these, missing or damaged files do."""
    return CodeEntry(code, title, meaning, bad="", good="", language="none")


IMAGE_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "IMG001",
        "the image cannot be read",
        "The system refused to open or map the file, or it is neither a file nor a disk. Check the path and "
        "its permissions. An image is read at any place in it, so standard input and pipes have to be copied "
        "into a file first. Images are never written.",
    ),
    _entry(
        "IMG002",
        "the image is empty",
        "The file has no bytes, or unpacks to none. It was probably not copied to its end.",
    ),
    _entry(
        "IMG003",
        "the packed image is damaged",
        "A file that begins like gzip, xz or zstd cannot be unpacked to its end: it was cut off or changed. "
        "`gzip -t`, `xz -t` or `zstd -t` say more. What can be saved from it with other tools can be looked "
        "at as a raw image, also when it is short.",
    ),
    _entry(
        "IMG004",
        "the packed image is too large",
        "It unpacks to more than 64 GB. Packed images are unpacked into a temporary file, and a few "
        "kilobytes may unpack to anything. Unpack it yourself, if it is what you want: raw images of any "
        "size are mapped.",
    ),
    _entry(
        "IMG005",
        "the image has no room for the root",
        "The root template lies at a fixed byte and has a fixed size, and the image ends before. It is no "
        "image of this file system, or only its beginning.",
    ),
    _entry(
        "IMG006",
        "no shipped template fits the image",
        "Each shipped root was asked, and none owns anything here: the superblock is destroyed, the file "
        "system is an unknown one, or the image is a disk with partitions, of which each has to be cut out "
        "first. `--root FILE` or `--root FILE:NAME` says which template is meant.",
    ),
    _entry(
        "IMG007",
        "several templates fit the image",
        "More than one shipped root owns something here. An old superblock may be left from a file system "
        "that was there before. `--root FILE:NAME` says which one is meant.",
    ),
    _entry(
        "IMG008",
        "the root owns nothing",
        "The root that `--root` names was asked, and owns nothing in this image: its superblock is destroyed "
        "or is one of another file system.",
    ),
)
