"""What the lowering makes: golden IR, well formed, and proved without a solver where that is promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.check.ranges import analyse_function
from runtime.diagnostic import Refused
from runtime.ir.nodes import Body, For, If, Return
from runtime.ir.verify import verify_function
from runtime.template.policies import list_functions
from runtime.template.show import print_templates
from tests.udf.lowered import CASES, SHIPPED, load_program, lower_text
from udfc.catalogue import CATALOGUE

EXAMPLES = [entry for entry in CATALOGUE.values() if entry.code.startswith("UDF0") and entry.code >= "UDF010"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_ir_is_the_expected_one(path: Path, request: pytest.FixtureRequest) -> None:
    shown = print_templates(load_program(str(path)).templates)
    golden = path.with_suffix(".expected")
    if request.config.getoption("--update-golden"):
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")


@pytest.mark.parametrize("name", [*map(str, CASES), *SHIPPED], ids=lambda name: Path(name).stem)
def test_functions_are_well_formed(name: str) -> None:
    for template in load_program(name).templates.values():
        for _, function, _ in list_functions(template):
            verify_function(function)
            assert isinstance(function.body[-1], Return)
            assert count_returns(function.body) == 1


@pytest.mark.parametrize("name", ["pointers", "directory", "inode"])
def test_what_the_text_shows_needs_no_solver(name: str) -> None:
    path = next(each for each in CASES if each.stem == name)
    for template in load_program(str(path)).templates.values():
        for role, function, _ in list_functions(template):
            open_ends = [each for each in analyse_function(function).findings if not each.proved]
            assert not open_ends, (template.name, role, open_ends[0])


@pytest.mark.parametrize("entry", EXAMPLES, ids=lambda entry: entry.code)
def test_each_refusal_has_an_example(entry) -> None:
    with pytest.raises(Refused) as caught:
        lower_text(entry.bad)
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == entry.code
    assert diagnostic.notes
    assert diagnostic.span.source.text == entry.bad
    lower_text(entry.good)


def count_returns(body: Body) -> int:
    total = 0
    for instruction in body:
        match instruction:
            case Return():
                total += 1
            case If(then=then, otherwise=otherwise):
                total += count_returns(then) + count_returns(otherwise)
            case For(body=inner):
                total += count_returns(inner)
            case _:
                pass
    return total
