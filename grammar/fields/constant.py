"""Numbers that are known when a program is compiled.

In: an expression and the scope. Out: its number. Only numbers, constants, abbreviations and what is computed
from them are known; fields and parameters are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grammar.fields import syntax
from grammar.fields.exact import Inexact, calculate, compare
from grammar.fields.refuse import suggest
from grammar.fields.scope import Language, Scope
from runtime import limits
from runtime.diagnostic import Refused
from runtime.source import Span

MAX_DEPTH = 150  # expressions inside each other, abbreviations expanded: keeps recursion shallow
_EVALUATED = frozenset({"min", "max", "select"})
_MAX_STEPS = 10_000  # evaluated for one constant: abbreviations of abbreviations grow exponentially


@dataclass(slots=True)
class _Fuel:
    left: int = _MAX_STEPS
    depth: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands.

    Args:
        arguments: of the abbreviation around it, evaluated.
        within: the constants and abbreviations that are being evaluated.
    """

    scope: Scope
    fuel: _Fuel
    arguments: Mapping[str, int]
    within: tuple[str, ...] = ()


def evaluate_constant(scope: Scope, expression: syntax.Expression) -> int:
    """Return the number that `expression` is.

    Raises:
        Refused: 010 and 016 to 019 for what is not known, 014 for a condition.
    """
    return _evaluate(_Place(scope, _Fuel(), {}), expression)


def find_if_constant(scope: Scope, expression: syntax.Expression) -> int | None:
    """Return the number that `expression` is, None if it is not known."""
    try:
        return evaluate_constant(scope, expression)
    except Refused:
        return None


def find_constant(scope: Scope, expression: syntax.Path) -> int:
    """Return the number of the constant that `expression` names; it is in `scope`."""
    return _evaluate(_Place(scope, _Fuel(), {}), expression)


def refuse_inexact(language: Language, inexact: Inexact, span: Span) -> Refused:
    """Return the refusal (017) of arithmetic on constants that has no result."""
    note = "numbers are exact and have 64 bits: write `wrapping(...)` where wrapping is meant"
    return language.refuse(17, str(inexact), span, note)


def _evaluate(place: _Place, expression: syntax.Expression) -> int:
    place.fuel.left -= 1
    place.fuel.depth += 1
    if place.fuel.left < 0 or place.fuel.depth > MAX_DEPTH or not place.scope.effort.spend():
        raise place.scope.language.refuse(
            29,
            "this grows too large when it is evaluated",
            expression.span,
            "use a constant",
        )
    number = _find_number(place, expression)
    place.fuel.depth -= 1
    return number


def _find_number(place: _Place, expression: syntax.Expression) -> int:
    match expression:
        case syntax.Number(value=value):
            return value
        case syntax.Path():
            return _look_up(place, expression)
        case syntax.Binary(operator=operator, left=left, right=right, wrapping=wrapping, span=span):
            first, second = _evaluate(place, left), _evaluate(place, right)
            try:
                return calculate(operator, first, second, wrapping)
            except Inexact as inexact:
                raise refuse_inexact(place.scope.language, inexact, span) from inexact
        case syntax.Call(name=name):
            return _expand(place, expression) if name in place.scope.definitions else _call(place, expression)
        case syntax.Compare() | syntax.Membership() | syntax.Logical() | syntax.Not():
            message = "a condition stands where a number is meant"
            raise place.scope.language.refuse(14, message, expression.span, "write `select(condition, 1, 0)`")


def _look_up(place: _Place, path: syntax.Path) -> int:
    name = path.name
    if path.steps:
        raise place.scope.language.refuse(
            16,
            f"`{name}` is not known when the program is compiled",
            path.span,
            _ADVICE,
        )
    if name in place.arguments:
        return place.arguments[name]
    constant = place.scope.constants.get(name)
    if constant is None:
        notes = (suggest(name, place.scope.constants), _ADVICE)
        raise place.scope.language.refuse(16, f"`{name}` is no constant", path.span, *notes)
    _check_depth(place, name, path.span)
    return _evaluate(replace(place, arguments={}, within=(*place.within, name)), constant.value)


def _expand(place: _Place, call: syntax.Call) -> int:
    definition = place.scope.definitions[call.name]
    check_count(place.scope.language, call, len(definition.parameters))
    _check_depth(place, call.name, call.span)
    arguments = [_evaluate(place, each) for each in call.arguments]
    bound = dict(zip(definition.parameters, arguments, strict=True))
    return _evaluate(replace(place, arguments=bound, within=(*place.within, call.name)), definition.value)


def _call(place: _Place, call: syntax.Call) -> int:
    check_callable(place.scope, call)
    if call.name not in _EVALUATED:
        message = f"`{call.name}` is not known when the program is compiled"
        raise place.scope.language.refuse(16, message, call.span, _ADVICE)
    if call.name == "select":
        holds = _holds(place, call.arguments[0])
        yes, no = (_evaluate(place, each) for each in call.arguments[1:])
        return yes if holds else no
    first, second = (_evaluate(place, each) for each in call.arguments)
    return min(first, second) if call.name == "min" else max(first, second)


def _holds(place: _Place, condition: syntax.Expression) -> bool:
    match condition:
        case syntax.Compare(operator=operator, left=left, right=right):
            return compare(operator, _evaluate(place, left), _evaluate(place, right))
        case syntax.Not(operand=operand):
            return not _holds(place, operand)
        case syntax.Logical(operator=operator, left=left, right=right):
            first = _holds(place, left)
            return _holds(place, right) if first == (operator == "and") else first
        case syntax.Membership(value=value, items=items, negated=negated):
            number = _evaluate(place, value)
            inside = [_evaluate(place, a) <= number <= _evaluate(place, b) for a, b in items.ranges]
            return any(inside) != negated
        case syntax.Number() | syntax.Path() | syntax.Binary() | syntax.Call():
            message = "a number stands where a condition is meant"
            raise place.scope.language.refuse(
                14, message, condition.span, "compare it with something: `x != 0`"
            )


def check_callable(scope: Scope, call: syntax.Call) -> None:
    """Refuse a call of something that does not exist (010), or with too many or few arguments (018)."""
    functions = scope.language.functions
    if call.name not in functions:
        note = suggest(call.name, (*scope.definitions, *functions))
        raise scope.language.refuse(10, f"there is no abbreviation `{call.name}`", call.span, note)
    check_count(scope.language, call, functions[call.name])


def check_count(language: Language, call: syntax.Call, count: int) -> None:
    """Refuse (018) a call that has not `count` arguments."""
    if len(call.arguments) != count:
        message = f"`{call.name}` takes {count} arguments, and here are {len(call.arguments)}"
        raise language.refuse(18, message, call.span, "give one for each parameter")


def _check_depth(place: _Place, name: str, span: Span) -> None:
    if name in place.within:
        raise place.scope.language.refuse(19, f"`{name}` is defined by itself", span, "break the circle")
    if len(place.within) >= limits.MAX_NESTING:
        raise place.scope.language.refuse(
            29,
            f"constants refer to each other more than {limits.MAX_NESTING} deep",
            span,
            "shorten it",
        )


_ADVICE = "sizes, offsets and counts are numbers, constants, and what is computed from them"
