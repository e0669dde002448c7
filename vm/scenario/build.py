"""From a scenario to a machine that runs it, and what it counted.

In: a scenario. Out: a `Finished`: everything has arrived, and nothing moves any more. Filters and handlers
are compiled here, outside the kernel; what it gets are their download forms.

    read -> compile filters, handlers -> machine, kernel, card, links -> environments set up -> replays ->
    quiet
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from dpfc.answers import Engine
from dpfc.formula import Filter, Or
from dpfc.language.parse import parse_file
from dpfc.resolve import Resolved, resolve_files
from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.handler.form import encode_handler
from runtime.source import Source
from vm.machine.card import ETHERNET, Card
from vm.machine.link import Link
from vm.machine.machine import make_machine
from vm.machine.store import MemoryStore
from vm.net.download import Download
from vm.net.form import encode_filter
from vm.net.limits import HELD_CYCLES
from vm.net.network import Network
from vm.net.start import start_network
from vm.scenario.dump import Dump
from vm.scenario.nodes import Scenario
from vm.scenario.programs import GO, HandlerForm, Installation, Setting, make_program, refuse_problems
from vm.scenario.replay import Replay, find_link_type
from vm.xok.capability import Capability
from vm.xok.environment import Environment
from vm.xok.kernel import Kernel

_DISK_SECTORS = 2048


@dataclass(frozen=True, slots=True)
class Finished:
    """A scenario that was run.

    Args:
        scenario: it.
        kernel, network: in their last state.
        environments: in order, with what each installed.
        replays: in order.
        incoming, outgoing: the two directions of the link.
        dumped: packets in the capture that was written.
    """

    scenario: Scenario
    kernel: Kernel
    network: Network
    environments: tuple[tuple[Environment, Installation], ...]
    replays: tuple[Replay, ...]
    incoming: Link
    outgoing: Link
    dumped: int


def run_scenario(
    scenario: Scenario, dump: Path | None = None, engine: Engine | None = None, cache: Path | None = None
) -> Finished:
    """Run a scenario to its end.

    Args:
        scenario: what to run.
        dump: a file for what passes the card; None: nothing is written.
        engine: what runs classifiers and handlers; None: the fastest of this host.
        cache: a directory for proofs and machine code; None: nothing is kept.

    Raises:
        Refused: the filters or handlers, what the kernel refuses of them, or a damaged capture.
        OSError: a file cannot be read or written.
    """
    link_type = _find_link_type(scenario)
    filters = compile_filters(scenario, link_type)
    handlers = compile_handlers(scenario)
    kernel = Kernel(make_machine(MemoryStore(_DISK_SECTORS)))
    card = Card(link_type)
    incoming = Link(kernel.clock, scenario.card.parameters, card.receive)
    outgoing = card.out = Link(kernel.clock, scenario.card.parameters, lambda frame: None)
    network = start_network(kernel, [card], engine, cache)
    replays = tuple(Replay(kernel.clock, incoming, link_type, each) for each in scenario.replays)

    def is_over() -> bool:
        return all(each.is_done for each in replays) and kernel.clock.next_at is None

    environments: list[tuple[Environment, Installation]] = []
    for description in scenario.environments:
        done = Installation()
        program = make_program(Setting(description, filters, handlers, is_over), done)
        environments.append((kernel.spawn(program, Capability(description.capability)), done))
    try:
        kernel.run()
        refuse_problems([done for _, done in environments])
        with _open_dump(dump, kernel, card) as made:
            _play(kernel, replays, [environment for environment, _ in environments])
    finally:
        kernel.halt()
    network.ports[0].give_up(kernel.clock.now + HELD_CYCLES)
    dumped = 0 if made is None else made.packets
    return Finished(scenario, kernel, network, tuple(environments), replays, incoming, outgoing, dumped)


def compile_filters(scenario: Scenario, link_type: int) -> Mapping[str, bytes]:
    """Return the filters that environments name, in download form.

    Raises:
        Refused: NET105 for a name that no filter has; DPF codes.
        OSError: the file cannot be read.
    """
    known = {} if scenario.dpf is None else _read_filters(scenario.dpf, link_type)
    forms: dict[str, bytes] = {}
    for environment in scenario.environments:
        for binding in environment.bindings:
            if binding.filter not in known:
                where = "the scenario has no `dpf`" if scenario.dpf is None else f"not in {scenario.dpf}"
                message = f"there is no filter `{binding.filter}`: {where}"
                raise Refused(Diagnostic("NET105", message, binding.span))
            one = known[binding.filter]
            forms[binding.filter] = encode_filter(Download(one.formula, one.priority or 0))
    return forms


def compile_handlers(scenario: Scenario) -> Mapping[str, HandlerForm]:
    """Return the handlers of the scenario's file, in download form.

    Raises:
        Refused: NET106 for a name that no handler has; ASH codes.
        OSError: the file cannot be read.
    """
    forms: dict[str, HandlerForm] = {}
    if scenario.ash is not None:
        from ashc.program import compile_program

        for name, handler in compile_program(str(scenario.ash)).handlers.items():
            forms[name] = HandlerForm(encode_handler(handler), handler.memory)
    for environment in scenario.environments:
        for binding in environment.bindings:
            if binding.handler is not None and binding.handler not in forms:
                where = "the scenario has no `ash`" if scenario.ash is None else f"not in {scenario.ash}"
                message = f"there is no handler `{binding.handler}`: {where}"
                raise Refused(Diagnostic("NET106", message, binding.span))
    return forms


def _read_filters(path: Path, link_type: int) -> dict[str, Filter]:
    """Return all filters of a file, by name."""
    with path.open("rb") as file:
        data = file.read(limits.MAX_SOURCE_BYTES + 1)
    resolved = resolve_files((parse_file(Source(str(path), data.decode("utf-8", "replace"))),), link_type, {})
    return {one.name: one for one in (*resolved.filters, *_write_out(resolved))}


def _write_out(resolved: Resolved) -> list[Filter]:
    """Return filters that were read as rows of a table as formulas."""
    parts: dict[int, list[Filter]] = {}
    for rows in resolved.tables:
        columns = list(zip(*(column.tolist() for column in rows.lows), strict=True))
        tops = list(zip(*(column.tolist() for column in rows.highs), strict=True))
        for number, low, high, priority in zip(
            rows.ids.tolist(), columns, tops, rows.priorities.tolist(), strict=True
        ):
            formula = rows.shape.formula(low, high)
            name = resolved.names[number]
            parts.setdefault(number, []).append(Filter(number, name, formula, priority))
    return [
        Filter(some[0].id, some[0].name, Or(tuple(one.formula for one in some)), some[0].priority)
        for some in parts.values()
    ]


def _find_link_type(scenario: Scenario) -> int:
    if scenario.card.link_type is not None:
        return scenario.card.link_type
    for replay in scenario.replays:
        found = find_link_type(replay.file)
        if found is not None:
            return found
    return ETHERNET


def _open_dump(path: Path | None, kernel: Kernel, card: Card) -> AbstractContextManager[Dump | None]:
    return nullcontext() if path is None else Dump(path, kernel.clock, card)


def _play(kernel: Kernel, replays: tuple[Replay, ...], environments: list[Environment]) -> None:
    """Start everything, and go on until nothing moves any more."""
    for environment in environments:
        environment.words[GO] = 1
    for replay in replays:
        replay.start()
    kernel.run()
    while kernel.clock.run_next():
        pass
    kernel.run()
