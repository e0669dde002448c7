"""Write the parser tables of a language: `python -m grammar.tables`.

In: the .lark files. Out: grammar/NAME.json, which `grammar.loader` reads.
"""

from __future__ import annotations

import json

from lark.grammar import Rule
from lark.lexer import TerminalDef

from grammar.layout import Layout
from grammar.loader import digest_grammar, make_parser, tables_path

LANGUAGES = ("ash", "dpf", "udf")


def write_tables(name: str) -> str:
    """Return the text of the tables of grammar/`name`.lark."""
    parser = make_parser(name, None, Layout(""))
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    data["options"]["postlex"] = None  # the loader gives its own
    stored = {"digest": digest_grammar(name), "data": data, "memo": memo}
    return json.dumps(stored, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    for language in LANGUAGES:
        tables_path(language).write_text(write_tables(language), "ascii")
