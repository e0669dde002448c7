"""What the compiler makes, and what the kernel makes of that: golden IR.

First the function as it is downloaded, with the checks in it; then as it is installed, with its account and,
where an abort may come behind a write, its log.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ashc.program import compile_program
from runtime.handler.install import Installed, Routine, install_handler
from runtime.ir.nodes import Function, If, Return
from runtime.ir.printer import print_function
from runtime.ir.verify import verify_function
from runtime.predicate.lower import lower_predicate
from tests.ash.programs import install_text

CASES = sorted((Path(__file__).parent / "cases").glob("*.ash"))


def show_program(path: Path) -> Iterator[str]:
    compiled = compile_program(str(path))
    for name, handler in compiled.handlers.items():
        installed = install_handler(handler, compiled.budgets[name])
        yield from show_handler(installed)
    for name, predicate in compiled.predicates.items():
        yield f"# predicate {name}\n"
        yield print_function(lower_predicate(predicate)[0])


def show_handler(installed: Installed) -> Iterator[str]:
    handler = installed.handler
    for number, check in enumerate(handler.checks):
        line, column = check.span.source.position(check.span.start)
        layer = handler.layers[check.layer]
        yield f"# check {number} at {line}:{column}, {check.kind}, layer {layer}: {check.text}\n"
    yield from show_function("body", handler.body, installed.body)
    if handler.recovery is not None and installed.recovery is not None:
        yield from show_function("recovery", handler.recovery, installed.recovery)


def show_function(role: str, downloaded: Function, routine: Routine) -> Iterator[str]:
    yield f"# {role}, as downloaded: at most {routine.judgement.statistics.instructions} instructions\n"
    yield print_function(downloaded)
    yield f"# {role}, as installed: at most {routine.entries} entries in the log\n"
    yield print_function(routine.function)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_ir_is_the_expected_one(path: Path, request: pytest.FixtureRequest) -> None:
    shown = "".join(show_program(path))
    golden = path.with_suffix(".expected")
    if request.config.getoption("--update-golden"):
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_functions_are_well_formed(path: Path) -> None:
    for handler in compile_program(str(path)).handlers.values():
        for function in (handler.body, handler.recovery):
            if function is not None:
                verify_function(function)


def test_checks_that_become_one() -> None:
    """The lengths that all fields need are one comparison, and the first thing that happens."""
    installed = install_text((Path(__file__).parent / "cases" / "aggregated.ash").read_text("utf-8"))
    first = next(each for each in installed.handler.body.body if isinstance(each, If))
    assert isinstance(first.then[-1], Return)
    texts = [check.text for check in installed.handler.checks if check.kind == "check"]
    assert texts == ["the message has 16 bytes", "`slot` is below 16"]


@pytest.mark.parametrize("name, entries", [("no_undo", 0), ("undo", 2), ("fused", 0), ("layers", 0)])
def test_the_log_is_as_long_as_it_must_be(name: str, entries: int) -> None:
    text = (Path(__file__).parent / "cases" / f"{name}.ash").read_text("utf-8")
    assert install_text(text).body.entries == entries
