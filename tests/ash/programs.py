"""Programs of tests, from text to what can be run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from ashc.language import syntax
from ashc.language.find import SHIPPED
from ashc.language.parse import make_parser
from ashc.program import Compiled, compile_files
from runtime.diagnostic import Diagnostic, Refused
from runtime.handler.engine import Engine, Loaded, load_handler
from runtime.handler.install import Installed, install_handler
from runtime.source import Source

HANDLERS = Path(__file__).parent / "handlers"
EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = (*sorted(HANDLERS.glob("*.ash")), *sorted(EXAMPLES.glob("*.ash")))
ENGINES: tuple[Engine, ...] = ("interpreter", "native")


@lru_cache
def _parse_shipped(name: str) -> syntax.File:
    path = SHIPPED / f"{name}.ash"
    return make_parser().parse(Source(path.name, path.read_text("utf-8")))


def parse_program(text: str, name: str = "test.ash") -> tuple[syntax.File, ...]:
    """Return the files of a program that imports nothing but shipped files."""
    file = make_parser().parse(Source(name, text))
    imports = [each.name for each in file.declarations if isinstance(each, syntax.Import)]
    for each in imports:
        if not (SHIPPED / f"{each}.ash").exists():
            note = "programs of tests import shipped files"
            raise Refused(Diagnostic("ASH005", "there is no such file", file.declarations[0].span, (note,)))
    return (*(_parse_shipped(each) for each in imports), file)


def compile_text(text: str, name: str = "test.ash") -> Compiled:
    """Return the program that `text` is."""
    return compile_files(parse_program(text, name))


def install_text(text: str, handler: str | None = None, budget: int | None = None) -> Installed:
    """Return a handler of the program that `text` is, installed."""
    compiled = compile_text(text)
    found = next(iter(compiled.handlers)) if handler is None else handler
    return install_handler(compiled.handlers[found], budget or compiled.budgets[found])


def load_text(text: str, engine: Engine, handler: str | None = None) -> Loaded:
    """Return a handler of the program that `text` is, ready to run."""
    return load_handler(install_text(text, handler), engine)


def judge_text(text: str, name: str = "test.ash") -> Sequence[Diagnostic]:
    """Return what is said of a program, by the compiler or the kernel."""
    try:
        compiled = compile_files(parse_program(text, name))
        for label, handler in compiled.handlers.items():
            install_handler(handler, compiled.budgets[label])
    except Refused as refused:
        return refused.diagnostics
    return ()


def find_codes(text: str) -> list[str]:
    """Return the codes that a program gets."""
    return [each.code for each in judge_text(text)]
