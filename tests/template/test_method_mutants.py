"""The prover of methods, checked by mutants: it accepts none that a trial on many objects breaks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pytest

from runtime.check.prove import check_function
from runtime.diagnostic import Accepted, Refused
from runtime.template.nodes import Method, Template, TemplateSet
from runtime.template.policies import find_method_policies
from runtime.template.result import Proof
from runtime.template.theorems import prove_method
from tests.template.brute import Brute
from tests.template.mutants import Mutant, list_mutants
from udfc.language import syntax
from udfc.language.load import load_files
from udfc.lower import lower_files

OWN = str(Path(__file__).parent / "methods" / "extents.udf")
SOURCES = {
    OWN: ("extents", "levels", "fat"),
    "list": ("list_node",),
    "ffs_example": ("ffs_pointers", "ffs_single", "ffs_double", "ffs_odd"),
    "cffs": ("cffs_data_inode", "cffs_directory_inode", "cffs_data_single", "cffs_directory_triple"),
}


Prover: TypeAlias = Callable[[Template, Method, TemplateSet], Proof]


@dataclass(frozen=True)
class Case:
    files: tuple[syntax.File, ...]
    declaration: syntax.TemplateDeclaration
    mutant: Mutant

    def compile(self) -> tuple[TemplateSet, Template, Method]:
        """Return the templates with the mutant as their only method; of the others, the outside is enough."""
        files = [replace(file, declarations=tuple(map(self._cut, file.declarations))) for file in self.files]
        templates = lower_files(files)
        template = templates[self.declaration.name]
        return templates, template, template.methods[0]

    def _cut(self, declaration: syntax.Declaration) -> syntax.Declaration:
        if not isinstance(declaration, syntax.TemplateDeclaration):
            return declaration
        if declaration is not self.declaration:
            return replace(declaration, clauses=())
        kept = tuple(each for each in declaration.clauses if not isinstance(each, syntax.Method))
        return replace(declaration, clauses=(*kept, self.mutant.method))


def list_cases() -> Iterator[Case]:
    """Yield the methods themselves, and all their mutants."""
    for source, names in SOURCES.items():
        files = load_files(source)
        for declaration in (each for file in files for each in file.declarations):
            if not isinstance(declaration, syntax.TemplateDeclaration) or declaration.name not in names:
                continue
            for method in (each for each in declaration.clauses if isinstance(each, syntax.Method)):
                yield Case(files, declaration, Mutant("itself", method))
                yield from (Case(files, declaration, each) for each in list_mutants(declaration, method))


def judge(case: Case, trials: int, prove: Prover) -> str:
    """Return what is said of a mutant: no program, unsafe, refuted, tested or proved; and if it breaks."""
    try:
        templates, template, method = case.compile()
    except Refused:
        return "no program"
    for function, policy in zip((method.body, method.changes), find_method_policies(template, method)):
        if not isinstance(check_function(function, policy).verdict, Accepted):
            return "unsafe"
    proof = prove(template, method, templates)
    said = "refuted" if proof.diagnostics else "proved"
    if not proof.diagnostics and any(each.status == "tested" for each in proof.theorems):
        said = "tested"
    breach = Brute(template, random.Random(4)).find_breach(method, trials)
    if said == "proved":
        assert breach is None, f"{case.mutant.label} in `{method.name}` of `{template.name}`: {breach}"
    return f"{said}, broken" if breach is not None else said


def pick_cases(step: int, most: int) -> list[Case]:
    """Return every `step`-th mutant, of the largest templates fewer; and the methods themselves.

    Args:
        step: see above.
        most: mutants of one method: some have hundreds, and take seconds to prove.
    """
    picked: list[Case] = []
    of_method: Counter[tuple[str, str]] = Counter()
    for number, case in enumerate(list_cases()):
        large = case.declaration.name.endswith("_inode")
        if case.mutant.label == "itself" and not large:
            picked.append(case)
        elif number % (step * 5 if large else step) == 0:
            method = case.declaration.name, case.mutant.method.name
            of_method[method] += 1
            if of_method[method] <= most:
                picked.append(case)
    return picked


def check_cases(cases: list[Case], trials: int, prove: Prover = prove_method) -> Counter[str]:
    counts: Counter[str] = Counter()
    for case in cases:
        said = judge(case, trials, prove)
        if case.mutant.label == "itself":
            assert said == "proved", f"`{case.mutant.method.name}` of `{case.declaration.name}` is {said}"
        else:
            counts[said] += 1
    return counts


def show_counts(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[each]} {each}" for each in sorted(counts)) + f": {counts.total()} mutants"


def test_no_mutant_that_breaks_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    counts = check_cases(pick_cases(8, 4), 400)
    with capsys.disabled():
        print(f"\n{show_counts(counts)}")
    assert counts.total() - counts["no program"] >= 200
    assert counts["refuted, broken"] >= 100, "the trials break what the prover refutes"
    assert counts["refuted"] <= counts["refuted, broken"] / 10, "the trials are about as sharp as the prover"
    assert counts["tested"] + counts["tested, broken"] <= 5, "the prover rarely gives up"


def test_trials_catch_a_prover_that_believes_everything() -> None:
    cases = [case for case in list_cases() if case.declaration.name == "list_node"]
    with pytest.raises(AssertionError, match="of `list_node`"):
        check_cases(cases, 400, lambda *_: Proof(()))


@pytest.mark.long
def test_no_mutant_at_all_that_breaks_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    counts = check_cases(pick_cases(1, 10_000), 1500)
    with capsys.disabled():
        print(f"\n{show_counts(counts)}")
    assert counts.total() >= 2000
    assert counts["refuted"] <= counts["refuted, broken"] / 10
