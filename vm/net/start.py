"""Put a network on a kernel.

In: a kernel and cards. Out: the kernel has a network, and environments have its system calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dpfc.answers import Engine
from vm.machine.card import Card
from vm.net.network import Network
from vm.xok.kernel import Kernel


def start_network(
    kernel: Kernel, cards: Sequence[Card], engine: Engine | None = None, cache: Path | None = None
) -> Network:
    """Start the network of a kernel that has none yet.

    Args:
        kernel: of the machine that the cards are in.
        cards: with links or without; numbered from 0.
        engine: what runs classifiers and handlers; None: the fastest of this host.
        cache: a directory for proofs and machine code; None: nothing is kept.
    """
    assert kernel.network is None, "a kernel has one network"
    network = Network(
        kernel.clock, kernel.memory, kernel.pages, kernel.scheduler.work_for, kernel.owner, engine, cache
    )
    for card in cards:
        network.attach(card)
    kernel.network = network
    kernel.on_destroy.append(network.end_environment)
    return network
