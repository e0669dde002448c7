"""Changes by methods of a template.

In: a place, a method's name, arguments. Out: nothing, or a refusal. A method says what it gives and takes
(`changes`), and of a proved one that is the truth for every object and all arguments, so XN need not look.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.template.nodes import GIVES, TAKES, TOUCHES, Method
from vm.xn.change import Change, find_changeable
from vm.xn.judge import conclude, refuse_change
from vm.xn.owned import Place
from vm.xn.state import State
from vm.xn.types import find_foreign
from vm.xok.capability import Capability
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal


def call_method(
    state: State,
    environment: Environment,
    place: Place,
    name: str,
    arguments: Sequence[int],
    capability: Capability,
) -> None:
    """Run a method of the object at `place`.

    Raises:
        Refusal: NO_SUCH_METHOD, BAD_ARGUMENTS, METHOD_REFUSED, ACCESS_DENIED, CROSS_SECTOR, OWNS_CHANGED of a
            tested method; what `find_spot` and `plan_change` raise.
    """
    spot = find_changeable(state, environment, place)
    method = spot.loaded.methods.get(name)
    if method is None:
        raise Refusal(Code.NO_SUCH_METHOD, f"`{spot.loaded.name}` has no method `{name}`")
    check_arguments(method, arguments)
    run = spot.loaded.run
    before = spot.read()
    after = bytearray(before)
    failed = run.run_method(name, after, spot.arguments, arguments)
    change = Change(spot, before, after, by_method=True)
    if failed:
        message = f"`{name}` of `{spot.loaded.name}` requires {method.requires[failed - 1]}"
        refuse_change(state, environment, change, capability, Refusal(Code.METHOD_REFUSED, message))
    _read_claims(change, run.changes(name, before, spot.arguments, arguments).tolist())
    proved = name in spot.loaded.proved
    conclude(state, environment, change, capability, proved)


def check_arguments(method: Method, arguments: Sequence[int]) -> None:
    """Refuse arguments outside the domains of a method's parameters."""
    if len(arguments) != len(method.parameters):
        message = f"`{method.name}` takes {len(method.parameters)} arguments, not {len(arguments)}"
        raise Refusal(Code.BAD_ARGUMENTS, message)
    foreign = find_foreign(method.parameters, arguments)
    if foreign is not None:
        name = method.parameters[foreign].name
        message = f"`{method.name}` does not take {arguments[foreign]} for `{name}`"
        raise Refusal(Code.BAD_ARGUMENTS, message)


def _read_claims(change: Change, rows: list[list[int]]) -> None:
    """Fill in what a method says that it gives, takes and touches."""
    touched: list[int] = []
    for what, *words in rows:
        if what == TOUCHES:
            touched.append(words[0])
        elif what == GIVES:
            change.gives.append(change.spot.loaded.read_owned(words))
        elif what == TAKES:
            change.takes.append(change.spot.loaded.read_owned(words))
    change.partitions = touched
