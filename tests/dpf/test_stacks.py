"""Which stacks a filter is read on."""

from __future__ import annotations

import pytest

from dpfc.language.library import read_library
from dpfc.names.scope import build_scope
from dpfc.names.stacks import Graph, Stack, make_graph
from runtime.source import NOWHERE


@pytest.fixture(scope="module")
def ethernet() -> Graph:
    return make_graph(build_scope(read_library()).headers, 1)


def find(graph: Graph, *wishes: str) -> set[str]:
    found = graph.find_stacks(frozenset(tuple(wish.split("/")) for wish in wishes), NOWHERE)
    return {"/".join(stack) for stack in found}


@pytest.mark.parametrize(
    "wishes, stacks",
    [
        (("ethernet",), {"ethernet"}),
        (("tcp",), {"ethernet/ipv4/tcp", "ethernet/ipv6/tcp"}),
        (("tcp", "ipv4"), {"ethernet/ipv4/tcp"}),
        (("vlan", "tcp"), {"ethernet/vlan/ipv4/tcp", "ethernet/vlan/ipv6/tcp"}),
        (("vlan/vlan",), {"ethernet/vlan/vlan"}),
        (("vlan/vlan", "arp"), {"ethernet/vlan/vlan/arp"}),
        (("ipv4", "udp"), {"ethernet/ipv4/udp"}),
        (("ipv4/ipv4",), {"ethernet/ipv4/ipv4"}),
        (("ipv4", "gre"), {"ethernet/ipv4/gre"}),
        (("ipv4", "ipv6"), {"ethernet/ipv4/ipv6", "ethernet/ipv6/ipv4"}),
        (("icmp", "icmp6"), set()),
        (("cooked",), set()),
    ],
)
def test_find_stacks(ethernet: Graph, wishes: tuple[str, ...], stacks: set[str]) -> None:
    assert find(ethernet, *wishes) == stacks


def test_a_tunnel_is_crossed_when_it_is_named(ethernet: Graph) -> None:
    found = find(ethernet, "vxlan", "tcp")
    outer = [f"ethernet/{ip}/udp/vxlan/ethernet" for ip in ("ipv4", "ipv6")]
    assert found == {f"{before}/{ip}/tcp" for before in outer for ip in ("ipv4", "ipv6")}


@pytest.mark.parametrize(
    "stack, wish, stacks",
    [
        ("ethernet/vlan", "ipv4", {"ethernet/vlan/ipv4"}),
        ("ethernet/ipv6/tcp", "ipv4", {"ethernet/ipv6/ipv4"}),
        ("ethernet/ipv4/tcp", "ipv4", {"ethernet/ipv4/tcp"}),
        ("ethernet/ipv4/tcp", "udp", {"ethernet/ipv4/udp"}),
        ("ethernet/ipv6/udp", "ipv4", {"ethernet/ipv6/ipv4"}),
        ("ethernet/arp", "tcp", {"ethernet/ipv4/tcp", "ethernet/ipv6/tcp"}),
        ("", "arp", {"ethernet/arp"}),
    ],
)
def test_extend_stack(ethernet: Graph, stack: str, wish: str, stacks: set[str]) -> None:
    around: Stack = tuple(stack.split("/")) if stack else ()
    found = ethernet.extend_stack(around, frozenset(((wish,),)), NOWHERE)
    assert {"/".join(one) for one in found} == stacks


def test_found_stacks_are_minimal_and_complete(ethernet: Graph) -> None:
    """Against the definition: all paths of at most five headers, filtered."""
    paths: list[Stack] = [()]
    for path in paths:
        if len(path) < 5:
            nexts = ethernet.children.get(path[-1], ()) if path else ethernet.roots
            paths += [(*path, child) for child in nexts]
    for wish in ({"tcp"}, {"vlan", "ipv6"}, {"gre", "udp"}, {"ppp"}, {"snap", "ipv4"}, {"mpls", "icmp"}):
        carrying = [sorted(path) for path in paths if wish <= set(path)]
        minimal = {
            "/".join(path)
            for path in paths
            if wish <= set(path) and not any(_fewer(other, sorted(path)) for other in carrying)
        }
        assert find(ethernet, *wish) == minimal


def _fewer(some: list[str], more: list[str]) -> bool:
    return len(some) < len(more) and all(some.count(name) <= more.count(name) for name in some)
