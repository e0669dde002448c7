"""Templates from UDF text, and what the kernel says about them."""

from __future__ import annotations

import pytest

from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.source import Source
from runtime.template.install import install_templates
from runtime.template.nodes import TemplateSet
from runtime.template.replay import replay_fault
from runtime.template.result import Installation, NotInstalled
from udfc.language.parse import parse_file
from udfc.lower import lower_files


def lower(text: str) -> TemplateSet:
    return lower_files([parse_file(Source("test.udf", text))])


def function(text: str) -> Function:
    return parse_function(Source("test.ir", text))


def refuse(templates: TemplateSet) -> NotInstalled:
    """Return the refusal, all of whose counterexamples really happen."""
    with pytest.raises(NotInstalled) as caught:
        install_templates(templates)
    refusal = caught.value
    assert all(diagnostic.notes for diagnostic in refusal.diagnostics)
    for _, counterexample in refusal.counterexamples:
        assert replay_fault(templates, counterexample) is not None
    return refusal


def codes(refusal: NotInstalled) -> list[str]:
    return [diagnostic.code for diagnostic in refusal.diagnostics]


def install(text: str) -> Installation:
    return install_templates(lower(text))
