"""From syntax to templates: the stages of the compiler behind the parser, one line each.

In: files, imports first. Out: a `TemplateSet` for the kernel to judge. Nothing is proved here.
"""

from __future__ import annotations

from collections.abc import Sequence

from grammar.fields.layout import Structs
from runtime.template.nodes import TemplateSet
from udfc.language import syntax
from udfc.lowering.template import lower_template
from udfc.names.check import check_declarations
from udfc.names.header import resolve_header
from udfc.names.scope import build_scope


def lower_files(files: Sequence[syntax.File]) -> TemplateSet:
    """Return the templates that `files` declare, by name.

    Raises:
        Refused: UDF010 to UDF061.
    """
    scope = build_scope(files)
    structs = Structs(scope, {})
    check_declarations(scope, structs)
    headers = {name: resolve_header(scope, structs, each) for name, each in scope.templates.items()}
    return {name: lower_template(header, headers) for name, header in headers.items()}
