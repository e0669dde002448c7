"""Install templates: prove them, or say which block and arguments show that they are wrong.

In: a set of templates, compiled by anybody. Out: an `Installation` with every theorem, or a refusal. The
stages, in order: functions well formed, declarations that fit together, functions safe, theorems about
partitions, about parts, about methods.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import perf_counter

from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.verify import verify_function
from runtime.pipeline import Disproved, prove_function
from runtime.template.counterexample import SAFE, Counterexample
from runtime.template.nodes import Template, TemplateSet
from runtime.template.policies import list_functions
from runtime.template.replay import render_counterexample, replay_fault
from runtime.template.result import Installation, NotInstalled, Proof, TheoremResult, list_tested
from runtime.template.theorem.structure import find_excess, find_misfits
from runtime.template.verdicts import keep_theorems, make_key, recall_theorems


def install_templates(templates: TemplateSet, cache: Path | None = None) -> Installation:
    """Prove every template of a set.

    Args:
        templates: what their kinds name is among them.
        cache: a directory of earlier proofs; None: prove everything again.

    Raises:
        NotInstalled: IR, CHK or TPL codes, of all templates; with all theorems, also those that hold.
    """
    excess = find_excess(templates)
    if excess:
        raise NotInstalled(excess, (), ())
    proofs = [prove_template(template, templates, cache) for template in templates.values()]
    theorems = tuple(theorem for proof in proofs for theorem in proof.theorems)
    diagnostics: list[Diagnostic] = []
    counterexamples: list[tuple[int, Counterexample]] = []
    for proof in proofs:
        counterexamples += [(len(diagnostics) + number, each) for number, each in proof.counterexamples]
        diagnostics += proof.diagnostics
    if diagnostics:
        raise NotInstalled(tuple(diagnostics), theorems, tuple(counterexamples))
    return Installation(templates, theorems, list_tested(theorems))


def prove_template(template: Template, templates: TemplateSet, cache: Path | None = None) -> Proof:
    """Prove one template of a set, or find out why it cannot be; arguments as for `install_templates`."""
    malformed = _find_malformed(template)
    if malformed:
        return Proof((), malformed)
    misfits = find_misfits(template, templates)
    if misfits:
        return Proof((), misfits)
    if cache is None:
        return _prove(template, templates, None)
    key = make_key(template, templates)
    kept = recall_theorems(cache, key)
    if kept is not None:
        return Proof(kept)
    proof = _prove(template, templates, cache)
    if not proof.diagnostics:
        keep_theorems(cache, key, proof.theorems)
    return proof


def _find_malformed(template: Template) -> tuple[Diagnostic, ...]:
    """Return the first refusal of the IR's verifier."""
    for _, function, _ in list_functions(template):
        try:
            verify_function(function)
        except Refused as refused:
            return refused.diagnostics
    return ()


def _prove(template: Template, templates: TemplateSet, cache: Path | None) -> Proof:
    """Prove the functions safe, then the theorems, which only speak of safe functions."""
    safe = _prove_safety(template, templates, cache)
    if safe.diagnostics:
        return safe
    from runtime.template.theorems import prove_theorems  # loads z3

    proof = prove_theorems(template, templates)
    return replace(proof, theorems=(*safe.theorems, *proof.theorems))


def _prove_safety(template: Template, templates: TemplateSet, cache: Path | None) -> Proof:
    theorems: list[TheoremResult] = []
    diagnostics: list[Diagnostic] = []
    counterexamples: list[tuple[int, Counterexample]] = []
    for role, function, policy in list_functions(template):
        started = perf_counter()
        says = f"`{role}` stays inside its memory, is exact, ends, and depends on its inputs only"
        result = TheoremResult(template.name, f"{SAFE}: {role}", says, "proved", 0.0, 0)
        try:
            judgement = prove_function(function, policy, cache)
        except Disproved as disproved:
            judgement = disproved.judgement
            found = _describe_faults(template, role, templates, disproved)
            examples = dict(found.counterexamples)
            for number, diagnostic in enumerate(found.diagnostics):
                if not _is_known(diagnostic, diagnostics):
                    counterexamples += [(len(diagnostics), examples[number])] if number in examples else []
                    diagnostics.append(diagnostic)
            result = replace(result, status="refuted" if found.counterexamples else "unknown")
        effort = judgement.statistics.solver_effort
        seconds = perf_counter() - started
        theorems.append(replace(result, seconds=seconds, effort=effort, cached=judgement.cached))
    return Proof(tuple(theorems), tuple(diagnostics), tuple(counterexamples))


def _is_known(diagnostic: Diagnostic, known: list[Diagnostic]) -> bool:
    """Say whether the same text is refused already: a method's body and its changes share `require`s."""
    return any(diagnostic.code == each.code and diagnostic.span == each.span for each in known)


def _describe_faults(template: Template, role: str, templates: TemplateSet, disproved: Disproved) -> Proof:
    """Return the checker's refusal, its counterexamples shown as objects of the template."""
    diagnostics = list(disproved.diagnostics)
    counterexamples: list[tuple[int, Counterexample]] = []
    for number, inputs in enumerate(disproved.judgement.counterexamples):
        found = Counterexample(SAFE, template.name, role, inputs.regions, inputs.parameters, inputs.answers)
        fault = replay_fault(templates, found)
        if fault is not None:
            diagnostic = diagnostics[number]
            notes = (*render_counterexample(template, found, fault), diagnostic.notes[-1])
            diagnostics[number] = replace(diagnostic, notes=notes)
            counterexamples.append((number, found))
    return Proof((), tuple(diagnostics), tuple(counterexamples))
