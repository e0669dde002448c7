"""Effects: what a function declares and calls, against what its policy grants. No value matters here.

In: a verified function and a policy. Out: a diagnostic for each thing that the policy does not grant. What is
not declared cannot be touched: the verifier sees to it that loads and stores name declared regions.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime.check.obligation import CallAllowed, Permitted, list_permissions
from runtime.check.walk import walk_body
from runtime.diagnostic import Diagnostic
from runtime.ir.nodes import Function, Region, Type
from runtime.ir.primitives import find_primitive
from runtime.policy import Policy, RegionGrant
from runtime.source import Span


def find_nonconformity(function: Function, policy: Policy) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each effect of `function` that `policy` does not grant."""
    return (
        *_check_regions(function, policy),
        *_check_types(function, policy),
        *_check_emits(function, policy),
        *_check_tables(function, policy),
        *_check_permissions(function, policy),
    )


def _check_regions(function: Function, policy: Policy) -> Iterator[Diagnostic]:
    grants = {grant.name: grant for grant in policy.regions}
    for region in function.regions:
        grant = grants.get(region.name)
        if grant is None:
            message = f"a {policy.name} is not given a region `{region.name}`"
            yield Diagnostic("CHK010", message, region.span, (_list_grants(policy),))
            continue
        if grant.rights not in (region.rights, "read_write"):
            message = (
                f"region `{region.name}` is declared `{region.rights}`, a {policy.name} may {grant.rights} it"
            )
            notes = (f"declare it `{grant.rights}`",)
            yield Diagnostic("CHK011", message, region.span, notes)
        if not _covers(region, grant):
            message = (
                f"region `{region.name}` is declared with {_describe(region)}, "
                f"a {policy.name} is given one with {_describe(grant)}"
            )
            notes = (f"declare `{'size' if grant.constant else 'max'} {grant.maximum}`",)
            yield Diagnostic("CHK012", message, region.span, notes)


def _covers(region: Region, grant: RegionGrant) -> bool:
    """Say whether the declaration allows every length that the grant allows."""
    if region.constant:
        return grant.constant and region.maximum == grant.maximum
    return region.maximum >= grant.maximum


def _describe(region: Region | RegionGrant) -> str:
    return f"{'exactly' if region.constant else 'at most'} {region.maximum} bytes"


def _list_grants(policy: Policy) -> str:
    names = ", ".join(f"`{grant.name}`" for grant in policy.regions)
    return f"its regions are: {names or 'none'}"


def _check_types(function: Function, policy: Policy) -> Iterator[Diagnostic]:
    """Check that the call from outside fits: parameters, results, and the shape of emitted tuples."""
    parameters = tuple(parameter.type for parameter in function.parameters)
    for code, what, declared, granted in (
        ("CHK013", "parameters", parameters, policy.parameters),
        ("CHK014", "results", function.results, policy.results),
        ("CHK015", "emitted tuples", function.emits, policy.emits),
    ):
        if declared != granted:
            message = (
                f"the {what} of `{function.name}` are {_list_types(declared)}, "
                f"those of a {policy.name} are {_list_types(granted)}"
            )
            notes = (f"declare {_list_types(granted)}",)
            yield Diagnostic(code, message, function.span, notes)


def _list_types(types: tuple[Type, ...]) -> str:
    return f"({', '.join(f'u{type_.bits}' for type_ in types)})"


def _check_emits(function: Function, policy: Policy) -> Iterator[Diagnostic]:
    if function.emits == policy.emits and function.emit_limit > policy.emit_limit:
        message = (
            f"`{function.name}` declares up to {function.emit_limit} emitted tuples, "
            f"a {policy.name} has room for {policy.emit_limit}"
        )
        yield Diagnostic("CHK016", message, function.span, (f"declare at most {policy.emit_limit}",))


def _check_tables(function: Function, policy: Policy) -> Iterator[Diagnostic]:
    if policy.open_tables:
        return
    for table in function.tables:
        if table.open:
            message = f"table `{table.name}` is open, a {policy.name} must bring its tables' contents along"
            yield Diagnostic("CHK021", message, table.span, ("write the entries into the table",))


def _check_permissions(function: Function, policy: Policy) -> Iterator[Diagnostic]:
    """Check every load, store and call; a service or right is reported where it is first used."""
    rights = {region.name: region.rights for region in function.regions}
    reported: set[Permitted | CallAllowed] = set()
    for instruction in walk_body(function.body):
        for permission in list_permissions(instruction):
            if permission in reported:
                continue
            reported.add(permission)
            match permission:
                case Permitted(region=region, access=access):
                    if rights[region] not in (access, "read_write"):
                        message = (
                            f"region `{region}` is declared `{rights[region]}` but `{access}` access is used"
                        )
                        notes = (f"declare the right to {access}, where the policy grants it",)
                        yield Diagnostic("CHK011", message, instruction.span, notes)
                case CallAllowed(primitive=name):
                    yield from _check_call(name, policy, instruction.span)


def _check_call(name: str, policy: Policy, span: Span) -> Iterator[Diagnostic]:
    primitive = find_primitive(name)
    if primitive is None or name not in policy.primitives:
        message = f"a {policy.name} may not call `{name}`"
        notes = (f"it may call: {', '.join(policy.primitives) or 'nothing'}",)
        yield Diagnostic("CHK018", message, span, notes)
    elif policy.deterministic and not primitive.deterministic:
        message = f"a {policy.name} must be deterministic, `{name}` is not"
        notes = ("compute the result from the declared regions and parameters only",)
        yield Diagnostic("CHK019", message, span, notes)
