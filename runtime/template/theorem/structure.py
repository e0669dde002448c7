"""What a template must be before its functions mean anything: declarations that fit together.

In: a template of a set, however it came about. Out: diagnostics; the functions themselves are judged by
`runtime.ir.verify` and the theorems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runtime import limits
from runtime.check.walk import walk_body
from runtime.diagnostic import Diagnostic
from runtime.ir.nodes import Emit, Function, Return, Type
from runtime.template.nodes import DATA, Extent, Kind, Parameter, Template, TemplateSet
from runtime.template.policies import list_functions

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def find_misfits(template: Template, templates: TemplateSet) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the declarations of `template`; its functions are verified."""
    found = [*_list_excesses(template), *_list_name_faults(template, templates)]
    if found:
        return tuple(found)
    found = [*_list_parameter_faults(template), *_list_extent_faults(template)]
    for kind in template.kinds:
        found += _list_kind_faults(template, kind, templates)
    if _has_itself(template, templates):
        message = f"a `{template.name}` can be a part of itself"
        notes = ("a part is described by another template, smaller or without parts",)
        found.append(Diagnostic("TPL004", message, template.span, notes))
    for role, function, _ in list_functions(template):
        if not _ends_once(function):
            message = f"`{role}` of `{template.name}` does not have its only `return` at its end"
            notes = ("carry the result to the end: the kernel puts the body into a loop",)
            found.append(Diagnostic("TPL001", message, function.span, notes))
    return tuple(found)


def find_excess(templates: TemplateSet) -> tuple[Diagnostic, ...]:
    """Return what there is too much of in a whole set: proofs take time for each template and instruction."""
    instructions = sum(
        len(list(walk_body(function.body)))
        for template in templates.values()
        for _, function, _ in list_functions(template)
    )
    for what, count, limit in (
        ("templates", len(templates), limits.MAX_TEMPLATES),
        ("instructions", instructions, limits.MAX_SET_INSTRUCTIONS),
    ):
        if count > limit:
            message = f"the set has {count} {what}, the limit is {limit}"
            span = next(iter(templates.values())).span
            return (Diagnostic("TPL003", message, span, ("install templates that belong together",)),)
    return ()


def _list_excesses(template: Template) -> Iterator[Diagnostic]:
    """Yield what there is too much of: the prover looks at pairs of these things."""
    counts = (
        ("extents in `discriminator`", len(template.discriminator), limits.MAX_EXTENTS),
        ("extents in `raw_read`", len(template.raw_read), limits.MAX_EXTENTS),
        ("extents in `raw_write`", len(template.raw_write), limits.MAX_EXTENTS),
        ("kinds", len(template.kinds), limits.MAX_KINDS),
        ("methods", len(template.methods), limits.MAX_METHODS),
        *_count_ranges(template),
        *_count_instructions(template),
    )
    for what, count, limit in counts:
        if count > limit:
            message = f"`{template.name}` has {count} {what}, the limit is {limit}"
            yield Diagnostic(
                "TPL003", message, template.span, ("join what can be joined, or split the template",)
            )


def _count_ranges(template: Template) -> Iterator[tuple[str, int, int]]:
    """Yield the ranges of each parameter, with their limit."""
    lists = (template.parameters, *(method.parameters for method in template.methods))
    for parameter in (each for parameters in lists for each in parameters):
        yield f"ranges of `{parameter.name}`", len(parameter.allowed), limits.MAX_EXTENTS


def _count_instructions(template: Template) -> Iterator[tuple[str, int, int]]:
    """Yield the instructions of each function, and those that emit, with their limits."""
    for role, function, _ in list_functions(template):
        body = list(walk_body(function.body))
        yield f"instructions in `{role}`", len(body), limits.MAX_TEMPLATE_INSTRUCTIONS
        emits = sum(isinstance(each, Emit) for each in body)
        yield f"places in `{role}` that emit", emits, limits.MAX_TUPLES


def _list_name_faults(template: Template, templates: TemplateSet) -> Iterator[Diagnostic]:
    """Yield names that do not say of whom a verdict is: results are kept and asked for by them."""
    fault = ""
    names = [template.name, *(method.name for method in template.methods)]
    lists: list[Sequence[Parameter]] = [template.parameters]
    lists += [method.parameters for method in template.methods]
    if template.name == DATA or templates.get(template.name) is not template:
        fault = "the name is that of something else"
    elif not all(map(_is_name, names)):
        fault = "its name, or that of a method, is no identifier"
    elif len({*names[1:]}) != len(names) - 1:
        fault = "two methods have the same name"
    elif any(len({each.name for each in parameters}) != len(parameters) for parameters in lists):
        fault = "two parameters have the same name"
    if fault:
        message = f"template {template.name[: limits.MAX_NAME_LENGTH]!a}: {fault}"
        notes = (f"`{DATA}` is taken; all templates, and all methods of each, have names of their own",)
        yield Diagnostic("TPL006", message, template.span, notes)


def _is_name(name: str) -> bool:
    return len(name) <= limits.MAX_NAME_LENGTH and _IDENTIFIER.match(name) is not None


def _ends_once(function: Function) -> bool:
    """Say whether the only `return` is the last instruction."""
    returns = [each for each in walk_body(function.body) if isinstance(each, Return)]
    return len(returns) == 1 and returns[0] is function.body[-1]


def _list_parameter_faults(template: Template) -> Iterator[Diagnostic]:
    if template.root is not None and template.parameters:
        message = f"the root `{template.name}` has parameters"
        notes = ("nobody owns a root, so nobody can pass them: read the numbers from its fields",)
        yield Diagnostic("TPL005", message, template.span, notes)
    lists = [("", template.parameters)]
    lists += [(f" of method `{method.name}`", method.parameters) for method in template.methods]
    for where, parameters in lists:
        for parameter in parameters:
            if not _is_domain(parameter):
                message = f"the domain of `{parameter.name}`{where} is empty or not in order"
                notes = ("write numbers and ranges that do not overlap, the smallest first",)
                yield Diagnostic("TPL005", message, parameter.span, notes)


def _is_domain(parameter: Parameter) -> bool:
    last = -1
    for low, high in parameter.allowed:
        if not last < low <= high <= Type.U64.maximum:
            return False
        last = high
    return bool(parameter.allowed)


def _list_extent_faults(template: Template) -> Iterator[Diagnostic]:
    if not 0 < template.maximum <= limits.MAX_REGION_BYTES:
        message = (
            f"a `{template.name}` has {template.maximum} bytes, 1 to {limits.MAX_REGION_BYTES} are allowed"
        )
        yield Diagnostic("TPL003", message, template.span, ("declare another size",))
    for name, extents in (
        ("discriminator", template.discriminator),
        ("raw_read", template.raw_read),
        ("raw_write", template.raw_write),
    ):
        for extent in extents:
            if not _is_inside(extent, template.maximum):
                message = f"`{name}` of `{template.name}` leaves the object of {template.maximum} bytes"
                yield Diagnostic("TPL003", message, template.span, ("name bytes that every object can have",))


def _is_inside(extent: Extent, size: int) -> bool:
    length = 0 if extent.length is None else extent.length
    return 0 <= extent.offset <= size and 0 <= length <= size - extent.offset


def _list_kind_faults(template: Template, kind: Kind, templates: TemplateSet) -> Iterator[Diagnostic]:
    child = templates.get(kind.template)
    if kind.mode == "like":
        if kind.template or kind.arguments < 1:
            message = f"`{template.name}` continues an object and does not say at which block it began"
            yield Diagnostic("TPL002", message, template.span, ("write `like(block)`",))
    elif kind.template == DATA:
        if kind.arguments:
            message = f"`{template.name}` passes {kind.arguments} arguments to `data`, which takes none"
            yield Diagnostic("TPL002", message, template.span, ("`data` has no structure: pass nothing",))
    elif child is None:
        message = f"`{template.name}` owns a `{kind.template}`, and there is no such template"
        yield Diagnostic("TPL002", message, template.span, ("install it in the same set",))
    elif kind.arguments != len(child.parameters):
        wanted = len(child.parameters)
        message = (
            f"`{template.name}` passes {kind.arguments} arguments to `{child.name}`, which takes {wanted}"
        )
        yield Diagnostic("TPL002", message, template.span, ("pass one argument for each parameter",))


def _has_itself(template: Template, templates: TemplateSet) -> bool:
    """Say whether `template` can be reached from itself through parts."""
    seen: set[str] = set()
    left = _part_names(template)
    while left:
        name = left.pop()
        if name == template.name:
            return True
        if name not in seen and name in templates:
            seen.add(name)
            left += _part_names(templates[name])
    return False


def _part_names(template: Template) -> list[str]:
    return [kind.template for kind in template.kinds if kind.mode == "part"]
