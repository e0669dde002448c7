"""Everything that a network knows, as plain values that can be compared, and the kernel's state with it."""

from __future__ import annotations

from dataclasses import asdict

from tests.xok.snapshot import snapshot
from vm.net.network import Network
from vm.net.tables import Installed, Port
from vm.xok.kernel import Kernel


def summary(kernel: Kernel) -> object:
    network = kernel.network
    assert isinstance(network, Network)
    hooks = list(kernel.on_destroy)
    kernel.network = None
    kernel.on_destroy.clear()
    try:
        rest = snapshot(kernel)
    finally:
        kernel.network = network
        kernel.on_destroy.extend(hooks)
    return (rest, *_network(network))


def _network(network: Network) -> tuple[object, ...]:
    filters = tuple((number, _filter(each)) for number, each in network.filters.table.items())
    rings = tuple(
        (number, each.owner.id, each.pages, each.slot, each.word, each.acl, each.put, each.dropped, each.next)
        for number, each in network.rings.items()
    )
    handlers = tuple(
        (number, each.owner.id, each.name, each.pages, str(asdict(each.counts)))
        for number, each in network.handlers.items()
    )
    return filters, rings, handlers, tuple(_port(port) for port in network.ports)


def _filter(one: Installed) -> object:
    return (
        one.number,
        one.owner.id,
        one.filter,
        one.guard,
        id(one.ring),
        id(one.handler),
        str(asdict(one.counts)),
    )


def _port(port: Port) -> object:
    families = tuple(
        (number, tuple(family.members), tuple(family.recorded.items()), family.held)
        for number, family in port.fragments.families.items()
    )
    classifiers = (tuple(port.demultiplexer.rivals.conjunctions), tuple(port.later.rivals.conjunctions))
    link = port.card.out
    return str(asdict(port.counts)), families, classifiers, None if link is None else str(asdict(link.counts))
