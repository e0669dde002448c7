"""Walk the control-flow graph, loops until their invariants hold, executing every block on what is known.

In: the graph and the contract. Out: an `Exploration`: the judgement with the obligations that stayed open,
and the record of how paths meet, from which z3 can be asked about them. Blocks come in an order in which
all paths to a block, back edges aside, are known before it; a loop is walked as a whole when its head
comes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from runtime import limits
from runtime.validate.blame import find_suspects
from runtime.validate.branch import NEGATIONS, assume_condition, narrow_choices
from runtime.validate.codes import VAL007
from runtime.validate.contract import Contract
from runtime.validate.flow import Block, Graph
from runtime.validate.linear import Linear, Symbol
from runtime.validate.loops import refine_plan, strengthen_plan
from runtime.validate.memory import Judgement
from runtime.validate.merge import Meeting, merge_states
from runtime.validate.plan import enter_head, find_advance, scout, start_plan
from runtime.validate.refuse import refuse
from runtime.validate.state import State
from runtime.validate.step import require_flags, step
from runtime.validate.symbols import Flags


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try, which costs time.

    Args:
        reach: of the facts (`Facts.reach`).
        suspects: heads of loops of which all is to be claimed that can be. Others get claims only where
            something in them would stay open, which may be too little for what comes after them.
    """

    reach: int = 1
    suspects: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from block to block.

    Args:
        condition: suffix that holds of `flags` on this way, empty when it is the only one.
        state: at its end.
    """

    source: int
    target: int
    condition: str
    flags: Flags
    state: State = field(compare=False, repr=False)


@dataclass(slots=True)
class Exploration:
    """A walk and what it found.

    Args:
        arrivals: for each block, the edges that lead there (of a loop head: from outside), and the
            symbols made for their meeting.
        invariants: for each loop head, what is proved to hold there in every iteration.
        advances: for each loop head, the symbols of the places that change.
        steps: instructions executed, and claims about loops judged.
    """

    graph: Graph
    judgement: Judgement
    effort: Effort
    arrivals: dict[int, tuple[tuple[Edge, ...], tuple[Meeting, ...]]] = field(default_factory=dict)
    invariants: dict[int, tuple[Linear, ...]] = field(default_factory=dict)
    advances: dict[int, frozenset[Symbol]] = field(default_factory=dict)
    steps: int = 0

    def suspects(self, start: int = 0) -> frozenset[int]:
        """Return the heads of the loops that the open obligations, from number `start` on, depend on."""
        meetings = [meeting for _, made in self.arrivals.values() for meeting in made]
        judgement = self.judgement
        return find_suspects(judgement.contract.symbols, judgement.open[start:], meetings, self.advances)


def explore(graph: Graph, contract: Contract, effort: Effort) -> Exploration:
    """Execute all paths from the entry.

    Raises:
        Refused: what cannot be allowed whatever else is known (VAL007, VAL010 to VAL016).
    """
    contract.entry.facts.reach = effort.reach
    exploration = Exploration(graph, Judgement(contract), effort)
    entry = next(iter(graph.blocks))
    start = Edge(-1, entry, "", contract.entry.flags, contract.entry.copy())
    leaving = _walk(exploration, list(graph.blocks), {entry: [start]}, None)
    assert not leaving, "all blocks are walked"
    return exploration


def _walk(
    exploration: Exploration, blocks: list[int], arriving: dict[int, list[Edge]], head: int | None
) -> list[Edge]:
    """Execute `blocks`, all code or the loop of `head`; return the edges out of them and to `head`."""
    inside, done = frozenset(blocks), set[int]()
    leaving: list[Edge] = []
    for start in blocks:
        edges = arriving.get(start, [])
        if start in done or not edges:
            continue
        loop = exploration.graph.loops.get(start)
        if loop is not None and start != head:
            done |= loop
            found = _walk_loop(exploration, start, edges)
        else:
            found = list(_walk_block(exploration, start, edges, record=start != head))
        for edge in found:
            if edge.target in inside and edge.target != head:
                arriving.setdefault(edge.target, []).append(edge)
            else:
                leaving.append(edge)
    return leaving


def _walk_block(exploration: Exploration, start: int, edges: list[Edge], record: bool) -> Iterable[Edge]:
    """Execute one block; yield the edges after it that are possible."""
    block = exploration.graph.blocks[start]
    state, meetings = merge_states(start, [edge.state for edge in edges])
    if record:
        exploration.arrivals[start] = (tuple(edges), meetings)
    exploration.judgement.block = start
    exploration.steps += len(block.instructions)
    if exploration.steps > limits.MAX_VALIDATION_STEPS:
        raise refuse(VAL007, block.instructions[0], "the analysis takes too many steps")
    for instruction in block.instructions:
        step(exploration.judgement, state, instruction)
    return _leave_block(block, state)


def _leave_block(block: Block, state: State) -> list[Edge]:
    if block.taken is None:
        return []
    if not block.condition:
        return [Edge(block.start, block.taken, "", state.flags, state)]
    assert block.fallen is not None, "a conditional jump goes two ways"
    require_flags(state, block.instructions[-1], block.condition)
    edges: list[Edge] = []
    ways = ((block.condition, block.taken, state.copy()), (NEGATIONS[block.condition], block.fallen, state))
    for condition, target, after in ways:
        assume_condition(after.facts, condition, after.flags)
        if not after.facts.dead:
            edges.append(Edge(block.start, target, condition, after.flags, after))
    return edges


def _walk_loop(exploration: Exploration, head: int, edges: list[Edge]) -> list[Edge]:
    """Walk a loop until its plan, claims about every iteration, is proved; return the edges out of it."""
    judgement, graph = exploration.judgement, exploration.graph
    body = [start for start in graph.blocks if start in graph.loops[head]]
    entry, meetings = merge_states(head, [edge.state for edge in edges])
    narrow_choices(entry.facts, (*entry.registers, *entry.slots.values()))
    blocks = tuple(graph.blocks[start] for start in body)
    plan = start_plan(head, entry, blocks, judgement.contract)
    if head in exploration.effort.suspects:
        plan = scout(plan)
    open_before, proved_before = len(judgement.open), judgement.proved
    while True:
        before, claims = enter_head(plan, entry)
        exploration.arrivals[head] = (tuple(edges), meetings)
        exploration.invariants[head] = claims
        advances = (find_advance(plan, entry.facts, change) for change in plan.changing)
        exploration.advances[head] = frozenset(advances)
        inner = Edge(head, head, "", before.flags, before.copy())
        found = _walk(exploration, body, {head: [inner]}, head)
        back = [edge.state for edge in found if edge.target == head]
        exploration.steps += len(claims) * len(back)
        refined = refine_plan(plan, entry, before, back)
        if refined == plan and plan.bare and head in exploration.suspects(open_before):
            refined = strengthen_plan(plan, entry, back)
        elif refined == plan:
            return [edge for edge in found if edge.target != head]
        del judgement.open[open_before:]
        judgement.proved, plan = proved_before, refined
