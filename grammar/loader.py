"""From a .lark file of this folder to a parser.

In: a language's name and the builder of its nodes. Out: a LALR parser whose tokens are told apart by what may
come next, so that words such as `next` are keywords only where the grammar has them.

Making a parser's tables takes 100 ms, reading them 10 ms; so they are kept beside the grammar, in NAME.json,
with a digest of what they were made from. Where the digest does not fit, they are made anew: the file saves
time and changes nothing. `python -m grammar.tables` writes it, and a test compares.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from pathlib import Path
from typing import TypeAlias, TypeVar

import lark
from lark import Lark, Token, Transformer
from lark.lark import PostLex

_Tree = TypeVar("_Tree")
_Json: TypeAlias = "dict[str, _Json] | list[_Json] | str | int | float | bool | None"
_Restored: TypeAlias = "dict[str | int, _Restored] | list[_Restored] | str | int | float | bool | None"

FOLDER = Path(__file__).parent
_IMPORT = re.compile(r"^%import \.(\w+)", re.MULTILINE)


def load_language(name: str, builder: Transformer[Token, _Tree], layout: PostLex) -> Lark:
    """Return the parser of grammar/`name`.lark; `builder` makes the nodes, `layout` filters the tokens."""
    tables = _read_tables(name)
    if tables is None:
        return make_parser(name, builder, layout)
    loaded: Lark = Lark._load_from_dict(  # type: ignore[no-untyped-call]  # Lark leaves it untyped
        *tables, transformer=builder, postlex=layout
    )
    return loaded


def make_parser(name: str, builder: Transformer[Token, _Tree] | None, layout: PostLex | None) -> Lark:
    """Return the parser of grammar/`name`.lark, made from the grammar itself."""
    path = str(FOLDER / f"{name}.lark")
    return Lark.open(path, parser="lalr", maybe_placeholders=False, transformer=builder, postlex=layout)


def digest_grammar(name: str) -> str:
    """Return a digest of everything that the tables of grammar/`name`.lark depend on."""
    digest = hashlib.sha256(lark.__version__.encode())
    for file in _list_grammars(name):
        digest.update((FOLDER / f"{file}.lark").read_bytes())
    return digest.hexdigest()


def _list_grammars(name: str) -> list[str]:
    """Return grammar `name` and those that it imports, each once."""
    found = [name]
    for each in found:
        text = (FOLDER / f"{each}.lark").read_text("utf-8")
        found += [other for other in _IMPORT.findall(text) if other not in found]
    return list(dict.fromkeys(found))


def tables_path(name: str) -> Path:
    """Return where the tables of grammar/`name`.lark are kept."""
    return FOLDER / f"{name}.json"


@functools.cache
def _read_tables(name: str) -> tuple[_Restored, _Restored] | None:
    try:
        stored: dict[str, _Json] = json.loads(tables_path(name).read_text("ascii"))
    except FileNotFoundError:
        return None
    if stored["digest"] != digest_grammar(name):
        return None
    return _restore(stored["data"]), _restore(stored["memo"])


def _restore(value: _Json) -> _Restored:
    """Return `value` with the integer keys that JSON wrote as text."""
    match value:
        case dict():
            return {int(k) if k.isdecimal() else k: _restore(item) for k, item in value.items()}
        case list():
            return [_restore(item) for item in value]
        case _:
            return value
