"""Templates for the tests of the lowering: from text to headers and IR."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grammar.fields.layout import Structs
from runtime.source import Source
from runtime.template.nodes import Template, TemplateSet
from udfc.language.load import load_files
from udfc.language.parse import parse_file
from udfc.lower import lower_files
from udfc.names.header import Header, resolve_header
from udfc.names.scope import build_scope

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.udf"))
SHIPPED = tuple(path.stem for path in sorted((HERE.parents[1] / "udfc" / "templates").glob("*.udf")))


@dataclass(frozen=True, slots=True)
class Program:
    headers: dict[str, Header]
    templates: TemplateSet

    def template(self, name: str) -> Template:
        return self.templates[name]


def load_program(path_or_name: str) -> Program:
    files = load_files(path_or_name)
    scope = build_scope(files)
    structs = Structs(scope, {})
    headers = {name: resolve_header(scope, structs, each) for name, each in scope.templates.items()}
    return Program(headers, lower_files(files))


def lower_text(text: str) -> TemplateSet:
    return lower_files((parse_file(Source("test.udf", text)),))
