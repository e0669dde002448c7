"""The diagnostics of `download.form`: only damaged or hostile data gets them, no program text can."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    return CodeEntry(code, title, meaning, bad="", good="", language="none")


FORM_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "TPL081",
        "not the download form of templates",
        "The data does not begin with `XUT1` and a version that this kernel knows. Compile the templates "
        "again with a compiler of the kernel's version.",
    ),
    _entry(
        "TPL082",
        "the templates are cut off",
        "The data ends in the middle of a template, or claims more items than bytes are left. Get the whole "
        "file.",
    ),
    _entry(
        "TPL083",
        "bytes behind the templates",
        "The set is complete, but the data goes on. Nothing may follow it: a set has one download form.",
    ),
    _entry(
        "TPL084",
        "a count in the templates crosses a limit",
        "The data has more of something than runtime/limits.py allows; it is refused before room is made for "
        "it. Split the set, or the template.",
    ),
    _entry(
        "TPL085",
        "a badly written number in the templates",
        "A number takes more bytes than it need, or more than 64 bits. Numbers are unsigned LEB128 in their "
        "shortest form.",
    ),
    _entry(
        "TPL086",
        "a number in the templates that stands for nothing",
        "A flag, the mode of a kind or a byte order has a number that means nothing. The tables are in "
        "runtime/template/download/layout.py.",
    ),
    _entry(
        "TPL087",
        "a bad name or text in the templates",
        "Names have letters, digits and `_`; other texts are UTF-8.",
    ),
    _entry(
        "TPL088",
        "declarations in the templates that do not fit together",
        "Templates come once each, by ascending names; parameters and methods have different names; allowed "
        "ranges ascend and are disjoint; what a kind names is a template of the same set, or `data`.",
    ),
)
