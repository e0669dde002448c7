"""The programs of a scenario's environments: library code, as any other.

In: an environment's description, and its filters and handlers in download form. Out: a function that the
kernel starts. It sets up ring, handlers and filters, waits until all others have done so too, and then does
what the description says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runtime.diagnostic import Diagnostic, Refused
from vm.machine.memory import PAGE
from vm.net.reader import RingReader
from vm.scenario.nodes import Binding, EnvironmentDescription
from vm.xok.refusal import Refusal
from vm.xok.syscalls import SystemCalls

GO, ARRIVED = 0, 1
"""Words of the u-area: everybody is ready; messages put into the ring."""

_SPIN = 20_000


@dataclass(frozen=True, slots=True)
class HandlerForm:
    """A handler in download form, and how many bytes of memory it has."""

    form: bytes
    memory: int


@dataclass(slots=True)
class Installation:
    """What an environment has installed; filled in when its program runs.

    Attributes:
        filters: numbers, in the order of the description; `handlers`: by name.
        ring: its number.
        taken: messages that its program has taken out of the ring.
        problems: why it could not.
    """

    filters: list[int] = field(default_factory=list)
    handlers: dict[str, int] = field(default_factory=dict)
    ring: int | None = None
    taken: int = 0
    problems: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a program is given.

    Args:
        description: of its environment.
        filters, handlers: in download form, by name.
        is_over: whether nothing will arrive any more.
    """

    description: EnvironmentDescription
    filters: Mapping[str, bytes]
    handlers: Mapping[str, HandlerForm]
    is_over: Callable[[], bool]


def make_program(setting: Setting, done: Installation) -> Callable[[SystemCalls], None]:
    """Return the program; it notes in `done` what it installs."""

    def program(sys: SystemCalls) -> None:
        reader = _set_up(sys, setting, done)
        sys.sleep((((GO, ">", 0),),))
        match setting.description.program:
            case "drain":
                _drain(sys, reader, setting.description.cycles, done)
            case "spin":
                while not setting.is_over():
                    sys.compute(_SPIN)
            case "idle":
                pass
        sys.sleep(())

    return program


def _set_up(sys: SystemCalls, setting: Setting, done: Installation) -> RingReader:
    description = setting.description
    pages = [sys.page_allocate() for _ in range(description.pages)]
    try:
        done.ring = sys.net_ring_create(pages, description.slot, ARRIVED)
    except Refusal as refusal:
        done.problems.append(_explain("the ring", description.name, refusal, description))
    for binding in description.bindings:
        try:
            _install(sys, setting, done, binding)
        except Refusal as refusal:
            done.problems.append(
                _explain(f"filter `{binding.filter}`", description.name, refusal, description)
            )
    return RingReader([sys.page_bind(page, True) for page in pages], description.slot)


def _install(sys: SystemCalls, setting: Setting, done: Installation, binding: Binding) -> None:
    if binding.handler is not None and binding.handler not in done.handlers:
        form = setting.handlers[binding.handler]
        pages = [sys.page_allocate() for _ in range(-(-form.memory // PAGE))]
        done.handlers[binding.handler] = sys.net_handler_install(form.form, pages)
    number = sys.net_filter_insert(setting.filters[binding.filter], done.ring)
    done.filters.append(number)
    if binding.handler is not None:
        sys.net_filter_bind(number, done.handlers[binding.handler])


def _drain(sys: SystemCalls, reader: RingReader, cycles: int, done: Installation) -> None:
    while True:
        seen = sys.area.words[ARRIVED]
        while reader.take() is not None:
            done.taken += 1
            sys.compute(cycles)
        if sys.area.words[ARRIVED] == seen:
            sys.sleep((((ARRIVED, "!=", seen),),))


def _explain(what: str, name: str, refusal: Refusal, description: EnvironmentDescription) -> Diagnostic:
    message = f"the kernel refuses {what} of environment `{name}`: {refusal.code.name}: {refusal.message}"
    return Diagnostic("NET110", message, description.span, (refusal.code.value,))


def refuse_problems(installations: list[Installation]) -> None:
    """Raise what kept environments from setting up."""
    problems = [problem for each in installations for problem in each.problems]
    if problems:
        raise Refused(*problems)
