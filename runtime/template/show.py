"""The text of a template: what `--emit ir` shows and what tests compare.

In: a template. Out: a line for each declaration, then each function as `runtime.ir.printer` prints it:

    template pointers: 4096 bytes
      kind 0: own data
      field pointer @0: u32le[1024]

    # unit
    func unit(...) -> (u64) {
    ...
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime.ir.printer import print_function
from runtime.template.nodes import Extent, Field, Kind, Parameter, Template, TemplateSet
from runtime.template.policies import list_functions


def print_templates(templates: TemplateSet) -> str:
    """Return the text of all templates, in the order of the set."""
    return "\n".join(print_template(template) for template in templates.values())


def print_template(template: Template) -> str:
    """Return the text of `template`, ending in a line end."""
    lines = [f"template {template.name}: {'' if template.constant else 'up to '}{template.maximum} bytes"]
    lines += [f"  {line}" for line in _list_declarations(template)]
    functions = (f"\n# {name}\n{print_function(function)}" for name, function, _ in list_functions(template))
    return "\n".join(lines) + "\n" + "".join(functions)


def _list_declarations(template: Template) -> Iterator[str]:
    for parameter in template.parameters:
        yield f"parameter {_show_parameter(parameter)}"
    if template.root is not None:
        yield f"root at {template.root}"
    if template.sticky:
        yield "sticky"
    for number, kind in enumerate(template.kinds):
        yield f"kind {number}: {_show_kind(kind)}"
    for name, extents in (
        ("discriminator", template.discriminator),
        ("raw_read", template.raw_read),
        ("raw_write", template.raw_write),
    ):
        if extents:
            yield f"{name} {', '.join(_show_extent(extent) for extent in extents)}"
    for field in template.fields:
        yield f"field {_show_field(field)}"
    for method in template.methods:
        parameters = "; ".join(_show_parameter(parameter) for parameter in method.parameters)
        yield f"method {method.name}({parameters})"
        for number, text in enumerate(method.requires, start=1):
            yield f"  require {number}: {' '.join(text.split())}"


def _show_parameter(parameter: Parameter) -> str:
    ranges = (str(low) if low == high else f"{low}..{high}" for low, high in parameter.allowed)
    return f"{parameter.name} in {{{', '.join(ranges)}}}"


def _show_kind(kind: Kind) -> str:
    arguments = f"({kind.arguments} arguments)" if kind.arguments else ""
    return " ".join(word for word in (kind.mode, kind.template, arguments) if word)


def _show_extent(extent: Extent) -> str:
    end = "" if extent.length is None else str(extent.offset + extent.length)
    return f"@{extent.offset}..{end}"


def _show_field(field: Field) -> str:
    """Return `name @offset: u32le[1024]`; the distance is said where elements do not lie side by side."""
    order = field.order if field.bits > 8 else ""
    count = "" if field.count == 1 else f"[{'' if field.count is None else field.count}]"
    apart = "" if field.count == 1 or field.stride == field.bits else f" every {field.stride} bits"
    return f"{field.name} @{field.offset}: u{field.bits}{order}{count}{apart}"
