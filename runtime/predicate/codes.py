"""The diagnostics of wakeup predicates: PRD001 to PRD016.

In: nothing. Out: a table, part of the compilers' catalogues.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    return CodeEntry(code, title, meaning, bad="", good="", language="none")


CODES: tuple[CodeEntry, ...] = (
    _entry(
        "PRD001",
        "a comparison without operands",
        "A comparison stands behind two operands. Here one is missing, or two comparisons follow each other; "
        "the released Xok took whatever its registers held.",
    ),
    _entry(
        "PRD002",
        "operands without a comparison",
        "A product ends, or a third operand comes, before the operands have been compared.",
    ),
    _entry(
        "PRD003",
        "a product that compares nothing",
        "It would be true at any time, so the environment would never sleep. Leave it out.",
    ),
    _entry(
        "PRD004",
        "a number that does not fit",
        "Words have 32 or 64 bits, tags 32; a word of 32 bits is never equal to a larger number.",
    ),
    _entry(
        "PRD005",
        "a word that there is not",
        "Operands name the words that the predicate declares, by their numbers; a word lies inside its page, "
        "where its size divides its offset.",
    ),
    _entry(
        "PRD006",
        "too large a predicate",
        "The kernel evaluates it whenever it looks for somebody to run: runtime/limits.py says how many "
        "terms, words and pages it may have.",
    ),
    _entry(
        "PRD011",
        "not the download form of a predicate",
        "The data does not begin with `XWP1` and a version that this kernel knows.",
    ),
    _entry("PRD012", "the predicate is cut off", "The data ends in the middle. Get all of it."),
    _entry("PRD013", "bytes behind the predicate", "It is complete, but the data goes on."),
    _entry("PRD014", "a count in the predicate crosses a limit", "The limits are in runtime/limits.py."),
    _entry(
        "PRD015",
        "a badly written number in the predicate",
        "Numbers are unsigned LEB128 in their shortest form, below 2**64.",
    ),
    _entry(
        "PRD016",
        "a number in the predicate that stands for nothing",
        "The tables are in runtime/predicate/form.py; names are ASCII identifiers.",
    ),
)
