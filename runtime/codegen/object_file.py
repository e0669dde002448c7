"""Read an ELF object file: take the code out and make sure that nothing else is needed to run it.

In: the bytes of a relocatable object file, as LLVM writes them. Out: the bytes of `.text`.

    ELF header:      e_shoff u64 @40   e_shentsize u16 @58   e_shnum u16 @60   e_shstrndx u16 @62
    section header:  sh_name u32 @0   sh_type u32 @4   sh_flags u64 @8   sh_offset u64 @24   sh_size u64 @32
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_TYPE_RELA, _TYPE_REL = 4, 9
_FLAG_ALLOCATED = 2


@dataclass(frozen=True, slots=True)
class Section:
    """One section of an object file."""

    name: str
    type: int
    flags: int
    data: bytes


def extract_text(object_file: bytes) -> bytes:
    """Return the code in `object_file`; asserts that it has neither relocations nor data beside it."""
    text = b""
    for section in list_sections(object_file):
        assert section.type not in (_TYPE_RELA, _TYPE_REL), f"relocations in {section.name}"
        if section.name == ".text":
            text = section.data
        else:
            allocated = section.flags & _FLAG_ALLOCATED
            assert not (allocated and section.data), f"data in {section.name}"
    assert text, "no code was emitted"
    return text


def list_sections(object_file: bytes) -> tuple[Section, ...]:
    """Return the sections of a little-endian 64-bit ELF file."""
    assert object_file[:6] == b"\x7fELF\x02\x01", "not a 64-bit little-endian ELF file"
    (table,) = struct.unpack_from("<Q", object_file, 40)
    size, count, names_index = struct.unpack_from("<HHH", object_file, 58)
    headers = [struct.unpack_from("<IIQQQQ", object_file, table + index * size) for index in range(count)]
    names_offset = headers[names_index][4]
    sections: list[Section] = []
    for name, type_, flags, _, offset, length in headers:
        start = names_offset + name
        text = object_file[start : object_file.index(b"\0", start)].decode("ascii")
        sections.append(Section(text, type_, flags, object_file[offset : offset + length]))
    return tuple(sections)
