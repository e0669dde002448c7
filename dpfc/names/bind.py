"""Parameters get their arguments.

In: a filter's parameters, and arguments as written or as read from a CSV file. Out: a value for each name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dpfc.language import syntax
from dpfc.names.instances import Row
from dpfc.names.known import Known, Names, Slot, evaluate_item
from dpfc.names.scope import suggest
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span


def bind_arguments(
    declaration: syntax.FilterDeclaration, arguments: tuple[syntax.Item, ...], names: Names, span: Span
) -> Mapping[str, Known]:
    """Return the parameters of `declaration` with `arguments`, in order, and with defaults for the rest.

    Raises:
        Refused: DPF050 for too few or too many.
    """
    if len(arguments) > len(declaration.parameters):
        raise Refused(_wrong_count(declaration, len(arguments), span))
    bindings = {
        parameter.name: evaluate_item(argument, names)
        for parameter, argument in zip(declaration.parameters, arguments)
    }
    for parameter in declaration.parameters[len(arguments) :]:
        if not parameter.default:
            raise Refused(_wrong_count(declaration, len(arguments), span))
        bindings[parameter.name] = _default(parameter, names)
    return bindings


def bind_row(declaration: syntax.FilterDeclaration, row: Row, names: Names) -> Mapping[str, Known]:
    """Return the parameters of `declaration` with the values of `row`, and with defaults for the rest.

    Raises:
        Refused: DPF051 for a column that is no parameter, or a parameter without column and default.
    """
    known = [parameter.name for parameter in declaration.parameters]
    for column in row.values:
        if column not in known:
            message = f"filter `{declaration.name}` has no parameter `{column}`"
            raise Refused(Diagnostic("DPF051", message, row.header, suggest(column, known)))
    bindings: dict[str, Known] = {}
    for parameter in declaration.parameters:
        if parameter.name in row.values:
            bindings[parameter.name] = row.values[parameter.name]
        elif parameter.default:
            bindings[parameter.name] = _default(parameter, names)
        else:
            message = f"there is no column for parameter `{parameter.name}` of filter `{declaration.name}`"
            note = "the first row of the CSV file names the parameters"
            raise Refused(Diagnostic("DPF051", message, row.header, (note,)))
    return bindings


def placeholder_bindings(declaration: syntax.FilterDeclaration, names: Names) -> Mapping[str, Known]:
    """Return defaults, and the number 1 for the other parameters: to check a filter that has no instances."""
    return {
        parameter.name: _default(parameter, names)
        if parameter.default
        else Known(((1, 1),), frozenset(("number",)), single=True, span=parameter.span)
        for parameter in declaration.parameters
    }


def slot_bindings(
    declaration: syntax.FilterDeclaration, columns: Iterable[str], names: Names
) -> Mapping[str, Known]:
    """Return slots for the parameters in `columns`, and defaults for the others, which must have one."""
    slots = set(columns)
    return {
        parameter.name: Known(Slot(parameter.name), frozenset(), single=True, span=parameter.span)
        if parameter.name in slots
        else _default(parameter, names)
        for parameter in declaration.parameters
    }


def _default(parameter: syntax.Parameter, names: Names) -> Known:
    return evaluate_item(parameter.default[0], Names(names.scope, {}, names.defined))


def _wrong_count(declaration: syntax.FilterDeclaration, count: int, span: Span) -> Diagnostic:
    total = len(declaration.parameters)
    least = sum(1 for parameter in declaration.parameters if not parameter.default)
    wanted = str(total) if least == total else f"{least} to {total}"
    message = f"filter `{declaration.name}` takes {wanted} arguments, and gets {count}"
    names = ", ".join(parameter.name for parameter in declaration.parameters)
    note = (
        f"write `{declaration.name}({names})`" if names else f"write `{declaration.name}` without arguments"
    )
    return Diagnostic("DPF050", message, span, (note,))
