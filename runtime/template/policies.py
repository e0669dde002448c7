"""What each function of a template may do: the policies under which `runtime.check` proves them.

In: a template. Out: a `Policy` for each of its functions. Everything follows from the template's size and its
number of parameters. Only `acl` and `size` may read the clock: the kernel asks them once, at one moment; all
others are functions of the bytes and the arguments alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime.ir.nodes import Function, Rights, Type
from runtime.policy import Policy, RegionGrant
from runtime.template.nodes import AFTER, ARGUMENTS, META, Method, Template

PARTITION_BUDGET = 1 << 22
"""Instructions of one call: enough to walk the entries of a block of 64 KB."""

PARTITION_EMITS = 4096
"""Tuples that one partition may emit: the kernel's buffer is made for it."""

NAMES_EMITS = 1 << 16

WORD = 8
"""Bytes of one argument."""


def find_policy(template: Template, role: str) -> Policy:
    """Return the policy of the function `role` of `template`: the names are those of its fields."""
    match role:
        case "unit" | "blocks" | "shared":
            return _make_policy(template, role, ("meta",), results=1)
        case "partitions" | "marks":
            return _make_policy(template, role, (), parameters=1, results=1)
        case "owns":
            return _make_policy(
                template, role, ("meta",), 1, emits=template.words, emit_limit=PARTITION_EMITS
            )
        case "reads":
            return _make_policy(template, role, (), 2, emits=2, emit_limit=PARTITION_EMITS)
        case "used":
            return _make_policy(template, role, ("meta",), 1, emits=2, emit_limit=PARTITION_EMITS)
        case "names":
            return _make_policy(template, role, ("meta",), emits=3, emit_limit=NAMES_EMITS)
        case "identity":
            return _make_policy(template, role, (), results=1)
        case "size":
            return _make_policy(template, role, ("meta",), results=1, clock=True)
        case "acl":
            return _make_policy(template, role, ("meta", "after"), 2, result=Type.U1, clock=True)
        case _:
            raise AssertionError(f"a template has no function `{role}`")


def find_method_policies(template: Template, method: Method) -> tuple[Policy, Policy]:
    """Return the policies of a method's body and of its changes."""
    count = len(template.parameters) + len(method.parameters)
    body = _make_policy(template, "body", ("meta",), results=1, rights="read_write", count=count)
    changes = _make_policy(
        template, "changes", ("meta",), emits=1 + template.words, emit_limit=PARTITION_EMITS, count=count
    )
    return body, changes


def list_functions(template: Template) -> Iterator[tuple[str, Function, Policy]]:
    """Yield every function of `template`, with what to call it and its policy."""
    for role in ("unit", "partitions", "owns", "reads"):
        yield role, getattr(template, role), find_policy(template, role)
    for role in ("blocks", "identity", "shared", "used", "marks", "names", "acl", "size"):
        function = getattr(template, role)
        if function is not None:
            yield role, function, find_policy(template, role)
    for method in template.methods:
        body, changes = find_method_policies(template, method)
        yield f"method {method.name}", method.body, body
        yield f"changes of {method.name}", method.changes, changes


def arguments_bytes(count: int) -> int:
    """Return the length of the region `arguments` for `count` parameters: never 0."""
    return WORD * max(1, count)


def _make_policy(
    template: Template,
    role: str,
    regions: tuple[str, ...],
    parameters: int = 0,
    results: int = 0,
    emits: int = 0,
    emit_limit: int = 0,
    rights: Rights = "read",
    count: int | None = None,
    clock: bool = False,
    result: Type = Type.U64,
) -> Policy:
    """Return a policy; `count` is the number of arguments where it is not the template's."""
    results = 1 if result is Type.U1 else results
    names = {"meta": META, "after": AFTER}
    grants = [
        RegionGrant(names[each], rights if each == "meta" else "read", template.maximum, template.constant)
        for each in regions
    ]
    words = len(template.parameters) if count is None else count
    grants.append(RegionGrant(ARGUMENTS, "read", arguments_bytes(words), constant=True))
    return Policy(
        name=f"template's `{role}`",
        regions=tuple(grants),
        parameters=(Type.U64,) * parameters,
        results=(result,) * results,
        emits=(Type.U64,) * emits,
        emit_limit=emit_limit,
        primitives=("clock",) if clock else (),
        deterministic=not clock,
        budget=PARTITION_BUDGET,
    )
