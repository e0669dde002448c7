"""The diagnostics about partitions: TPL010 to TPL018.

In: nothing. Out: a part of `runtime.template.codes`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _block(clauses: str, size: str = "16 bytes") -> str:
    """Return a template with some clauses."""
    return f"template block : {size} {{\n{clauses}}}\n"


def _slots(body: str, count: int = 4, more: str = "") -> str:
    """Return a template with pointers, of which a partition owns what `body` says."""
    text = f"    layout {{ slot: u32le[{count}] }}\n    partition slot[p in slot] {{ {body} }}\n"
    return _block(text + more)


_OWN_ELEMENT = "if slot[p] != 0 { own(slot[p], 1, data) }"
_OWN = "if slot != 0 { own(slot, 1, data) }"


def _tagged(clauses: str) -> str:
    """Return a template with a tag and a pointer."""
    return _block(f"    layout {{ tag: u16le; slot: u32le @4 }}\n{clauses}")


def _copies(offset: int) -> str:
    """Return a template with a second pointer at `offset`."""
    return _block(f"""\
    layout {{ slot: u32le; copy: u32le @{offset} }}
    partition first {{ {_OWN} }}
    partition second {{ if copy != 0 {{ own(copy, 1, data) }} }}
""")


PARTITION_CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "TPL010",
        "unknown kind",
        "A tuple's third word says what is owned, as a number of the template's list; this one can be "
        "larger. udfc always makes constants.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "TPL011",
        "zeros own a block",
        "A block that is new to the kernel is zeros, and must own nothing before something was given to it, "
        "whatever its length and its arguments. The note shows a partition that owns a block.",
        _slots("own(slot[p], 1, data)"),
        _slots(_OWN_ELEMENT),
        "udf",
    ),
    CodeEntry(
        "TPL012",
        "unit depends on other bytes",
        "`unit` says what block numbers mean; all partitions rest on it. So it may read the discriminator "
        "and the parameters only. "
        "udfc refuses it itself, as UDF059.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "TPL013",
        "partition reads more than its read set",
        "When bytes change, the kernel asks only the partitions that may read them. So a partition reads "
        "its read set and the discriminator, nothing else; the note has a byte that it reads besides.",
        _tagged(f"    partition all reads slot {{ if tag != 0 {{ {_OWN} }} }}\n"),
        _tagged(f"    partition all reads tag, slot {{ if tag != 0 {{ {_OWN} }} }}\n"),
        "udf",
    ),
    CodeEntry(
        "TPL015",
        "read set leaves the object",
        "A partition says that it reads bytes that an object may not have. Where objects vary in length, "
        "let only as many partitions exist as there are bytes for. "
        "udfc keeps to the bytes that there are.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "TPL016",
        "two partitions read the same byte",
        "A change of one byte must concern one partition, or all of them (then the byte belongs into the "
        "discriminator). The note has two partitions and a byte that both read.",
        _copies(2),
        _copies(4),
        "udf",
    ),
    CodeEntry(
        "TPL017",
        "read set in the discriminator",
        "All partitions may read the discriminator anyway; a byte of it in a read set would make a change "
        "look as if it concerned one partition. "
        "udfc never does that.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "TPL018",
        "raw write over a pointer",
        "Bytes in `raw_write` are written without any function being asked, so nothing that is owned may "
        "depend on them.",
        _slots(_OWN_ELEMENT, 4, "    raw_write @12..16\n"),
        _slots(_OWN_ELEMENT, 3, "    raw_write @12..16\n"),
        "udf",
    ),
)
