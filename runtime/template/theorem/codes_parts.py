"""The diagnostics about parts: TPL014 and TPL020 to TPL024.

In: nothing. Out: a part of `runtime.template.codes`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry

_MEMBER = """\
template member : 8 bytes {
    layout { first: u32le; second: u32le }
    partition all { if first != 0 { own(first, 1, data) } }
    raw_write second
}
"""


def _owner(clauses: str, discriminator: str = "    discriminator tag\n") -> str:
    """Return a template of 16 bytes, with a tag, that may have parts of 8 bytes."""
    layout = "    layout { tag: u32le; low: u32le @8 }\n"
    return f"{_MEMBER}template owner : 16 bytes {{\n{layout}{discriminator}{clauses}}}\n"


_PART = "    partition member { if tag != 0 { part(8, member) } }\n"

PART_CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "TPL014",
        "members told apart by the wrong bytes",
        "What a part is must depend on the discriminator only: who changes a part does not ask its owner, "
        "and other bytes may change without the part being asked.",
        _owner("    partition all reads tag { if tag == 1 { part(8, member) } }\n", ""),
        _owner("    partition all { if tag == 1 { part(8, member) } }\n"),
        "udf",
    ),
    CodeEntry(
        "TPL020",
        "part outside the object, or of another size",
        "A part of a template of constant size has that size, of a template of varying size at most its "
        "largest; and all of it lies inside the owner, whatever the bytes say.",
        _owner(_PART.replace("8", "12")),
        _owner(_PART),
        "udf",
    ),
    CodeEntry(
        "TPL021",
        "parts overlap",
        "Two parts at a time have a byte in common, so that a change of one would change the other. Members "
        "of a union are parts only one at a time: decide by the discriminator which one is.",
        _owner(_PART + "    partition second { if tag > 1 { part(4, member) } }\n"),
        _owner(
            "    partition first { if tag == 1 { part(8, member) } }\n"
            "    partition second { if tag == 2 { part(4, member) } }\n"
        ),
        "udf",
    ),
    CodeEntry(
        "TPL022",
        "partition reads a part",
        "A part is changed by its own rules, and its owner is not asked. So no partition of the owner reads "
        "bytes of a part; the discriminator may lie in a part, where no raw write reaches it.",
        _owner(_PART + "    partition low { if low != 0 { own(low, 1, data) } }\n"),
        _owner(_PART),
        "udf",
    ),
    CodeEntry(
        "TPL023",
        "part may write the discriminator",
        "Bytes of a part that applications may write freely tell its owner what the part is: an application "
        "could turn an object into one of another template.",
        _owner("    partition all { part(8, member) }\n", "    discriminator @12..16\n"),
        _owner("    partition all { part(8, member) }\n"),
        "udf",
    ),
    CodeEntry(
        "TPL024",
        "raw write into a part",
        "Bytes of a part that the owner lets applications write freely may be pointers of the part's "
        "template. Only that template says which of its bytes nobody needs to be asked about.",
        _owner("    raw_write low\n" + _PART),
        _owner("    raw_write @4..8\n" + _PART),
        "udf",
    ),
)
