"""The diagnostics of the kernel about templates, explained: what `udfc explain TPL011` prints.

In: nothing. Out: `CODES`. The examples are whole UDF files.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry
from runtime.template.theorem.codes_methods import METHOD_CODES
from runtime.template.theorem.codes_partitions import PARTITION_CODES
from runtime.template.theorem.codes_parts import PART_CODES


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    return CodeEntry(code, title, meaning, bad, good, "udf" if bad else "none")


_STRUCTURE_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "TPL001",
        "returns in the middle",
        "The kernel runs a function for many partitions in one loop, so its only `return` must be its last "
        "instruction. udfc always makes such functions.",
    ),
    _entry(
        "TPL002",
        "owned type missing or called wrongly",
        "A template owns objects of a template that is not in the set, or passes it more or fewer arguments "
        "than it has parameters.",
    ),
    _entry(
        "TPL003",
        "declared bytes outside the object",
        "The template's size, or a range of `discriminator`, `raw_read` or `raw_write`, is not possible; or "
        "there is more of something, as instructions in a function or places that emit, than is compared.",
    ),
    _entry(
        "TPL004",
        "part of itself",
        "Parts lie inside their owner, so no object may have, through any number of parts, a part of its "
        "own template: nobody could come to the end of it. Blocks of the same template may be owned.",
        """\
template block : 16 bytes {
    layout { tag: u32le }
    discriminator tag
    partition all { if tag != 0 { part(0, block) } }
}
""",
        """\
template block : 16 bytes {
    layout { next: u32le }
    partition all { if next != 0 { own(next, 1, block) } }
}
""",
    ),
    _entry(
        "TPL005",
        "parameters without an owner, or without values",
        "A root is nobody's, so nobody passes it arguments; and a parameter must have values that are "
        "allowed.",
    ),
    _entry(
        "TPL006",
        "name taken, or none",
        "Verdicts are kept by the names of templates and methods: identifiers, each naming one thing, "
        "and `data` is the template of bytes without structure. udfc lets no other names pass.",
    ),
)

_OTHER_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "TPL040",
        "neither proved nor disproved",
        "The prover gave up on a theorem about the template, and what is not proved is refused. Make the "
        "partition simpler: fewer cases, products of constants, shorter loops, fewer values of parameters.",
    ),
    _entry(
        "TPL041",
        "far more partitions than bits",
        "What a whole object owns was asked, and its template says that it has so many partitions that none "
        "would see the end of it. A template needs no more than one for each bit of the object, plus 2**20.",
    ),
    _entry(
        "TPL050",
        "not a counterexample",
        "The file was not written by `udfc check --save-counterexample`, or has been damaged.",
    ),
)

CODES: tuple[CodeEntry, ...] = (
    *_STRUCTURE_CODES,
    *PARTITION_CODES,
    *PART_CODES,
    *METHOD_CODES,
    *_OTHER_CODES,
)
