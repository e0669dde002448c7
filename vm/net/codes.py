"""What `xok explain NETxxx` prints: forms that are no filters, and scenario files."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    """Return an entry; no program causes these, bytes and scenario files do."""
    return CodeEntry(code, title, meaning, bad="", good="", language="none")


NET_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "NET001",
        "no download form",
        "The bytes do not begin as a filter's (`XNF1`) do, or are too many. Encode it with this version.",
    ),
    _entry(
        "NET002",
        "a node of the wrong kind",
        "A node of a filter's form refers to one that does not come before it, or to one of a kind that "
        "cannot stand there.",
    ),
    _entry(
        "NET003",
        "a number out of range",
        "An offset, a width, a limit, a set of values or a key in a filter's form is not what `dpfc.formula` "
        "allows. The limits are in vm/net/limits.py.",
    ),
    _entry(
        "NET004",
        "too large a formula",
        "Written out, with everything that is shared as often as it is used, the formula has too many nodes, "
        "or they are too deep inside each other. Split the filter.",
    ),
    _entry(
        "NET005",
        "no numbers left",
        "A classifier numbers its filters and never uses a number again. All have been given out.",
    ),
    _entry("NET101", "no TOML", "A scenario is a TOML file; this one cannot be read. See docs/network.md."),
    _entry(
        "NET102",
        "an unknown key",
        "A scenario has a key that means nothing there. docs/network.md lists all keys.",
    ),
    _entry("NET103", "a value that does not fit", "A value of a scenario has the wrong type or range."),
    _entry("NET104", "a missing key", "An environment needs a `name`, and a replay a `file`."),
    _entry(
        "NET105",
        "an unknown filter",
        "An environment names a filter that the scenario's `dpf` file does not define.",
    ),
    _entry(
        "NET106",
        "an unknown handler",
        "An environment names a handler that the scenario's `ash` file does not define.",
    ),
    _entry(
        "NET110",
        "the kernel refuses",
        "An environment of the scenario asked the kernel for something, and was refused. The refusal's own "
        "name is in the message: `xok explain FILTER_TAKES`, for one, says more.",
    ),
)
