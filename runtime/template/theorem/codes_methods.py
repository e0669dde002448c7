"""The diagnostics about methods: TPL030 to TPL034.

In: nothing. Out: a part of `runtime.template.codes`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _setter(listed: str, required: str) -> str:
    """Return a template with a method that lists and requires something."""
    return f"""\
template block : 16 bytes {{
    layout {{ slot: u32le[4] }}
    partition slot[p in slot] {{ if slot[p] != 0 {{ own(slot[p], 1, data) }} }}

    method set(i: u32, b: u32) changes slot[{listed}] gives own(b, 1, data) {{
        require i < 4 and b != 0{required}
        slot[i] = b
    }}
}}
"""


_UNIT = """\
template block : 16 bytes {{
    layout {{ log: u32le; note: u32le; slot: u32le }}
    discriminator log
    unit 1024 << min(log, 6)
    partition slot {{ if slot != 0 {{ own(slot, 1, data) }} }}

    method grow() {{
        require log < 6
        {change}
    }}
}}
"""

_PARTS = """\
template member : 8 bytes {{
    layout {{ slot: u32le }}
    partition slot {{ if slot != 0 {{ own(slot, 1, data) }} }}
}}

template block : 16 bytes {{
    layout {{ inside: u32le; beside: u32le @8 }}
    partition member {{ part(0, member) }}
    method set(to: u32) {{ {change} }}
}}
"""


METHOD_CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "TPL030",
        "refused, and changed",
        "A method whose `require` does not hold must leave the object as it was. udfc puts all `require`s "
        "before the first change.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "TPL031",
        "changes an unlisted partition",
        "The kernel believes that only the partitions behind `changes` own something else after the method. "
        "The note shows an object and arguments for which another one does.",
        _setter("(i + 1) % 4", " and slot[i] == 0 and slot[(i + 1) % 4] == 0"),
        _setter("i", " and slot[i] == 0"),
        "udf",
    ),
    CodeEntry(
        "TPL032",
        "gives and takes are not what changes",
        "What the listed partitions own after the method must be what they owned before, and what the "
        "method gives, without what it takes. The note shows an object and arguments for which a block is "
        "lost or stolen.",
        _setter("i", ""),
        _setter("i", " and slot[i] == 0"),
        "udf",
    ),
    CodeEntry(
        "TPL033",
        "changes what block numbers mean",
        "All blocks that the object owns are counted in its `unit`: a method that changes the unit moves "
        "them all, without giving or taking one.",
        _UNIT.format(change="log = log + 1"),
        _UNIT.format(change="note = log + 1"),
        "udf",
    ),
    CodeEntry(
        "TPL034",
        "writes bytes of a part",
        "A part owns blocks by its own template. A method of the owner that writes its bytes would give it "
        "blocks, or take some, and say nothing of it.",
        _PARTS.format(change="inside = to"),
        _PARTS.format(change="beside = to"),
        "udf",
    ),
)
