"""The control-flow graph: which instructions follow which, where the loops are, no byte left over.

In: instructions. Out: the allowed list holds for all that can run; basic blocks in an order in which every
block comes after all blocks that jump to it (back edges aside), and the natural loops.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime import limits
from runtime.validate.allowed import check_allowed
from runtime.validate.codes import VAL003, VAL004, VAL005, VAL006, VAL007
from runtime.validate.machine import Immediate, MachineInstruction
from runtime.validate.refuse import refuse, refuse_code


@dataclass(frozen=True, slots=True)
class Block:
    """A basic block: jumps lead to its first instruction only, and leave from its last only.

    Args:
        start: address of the first instruction; the block's name.
        condition: suffix of the conditional jump at the end, empty when there is none.
        taken: where the jump leads (or the only way on); None after `ret`.
        fallen: where it goes on when the condition is false; None without a condition.
    """

    start: int
    instructions: tuple[MachineInstruction, ...]
    condition: str
    taken: int | None
    fallen: int | None

    @property
    def successors(self) -> tuple[int, ...]:
        """The blocks that may follow, without repetition."""
        found = (self.taken, self.fallen if self.fallen != self.taken else None)
        return tuple(each for each in found if each is not None)


@dataclass(frozen=True, slots=True)
class Graph:
    """The control flow of one function.

    Args:
        blocks: by name, in reverse postorder from the entry: the order of analysis.
        loops: for each loop head, the blocks of its loop, the head included.
    """

    blocks: dict[int, Block]
    loops: dict[int, frozenset[int]]


def build_graph(instructions: tuple[MachineInstruction, ...], entry: int) -> Graph:
    """Find the blocks and loops of the code that starts at `entry`.

    Raises:
        Refused: VAL002 to VAL006.
    """
    by_address = {instruction.address: instruction for instruction in instructions}
    if entry not in by_address:
        raise refuse_code(VAL003, f"the entry {entry:#x} is not the start of an instruction")
    reached, leaders = _follow(by_address, entry)
    _check_leftovers(instructions, reached)
    blocks = _cut_blocks(by_address, sorted(reached), leaders)
    order = _reverse_postorder(blocks, entry)
    ordered = {start: blocks[start] for start in order}
    return Graph(ordered, _find_loops(ordered, entry))


def _jump_target(instruction: MachineInstruction) -> int | None:
    match instruction.operands:
        case (Immediate(number=number),) if instruction.mnemonic.startswith("j"):
            return number
        case _:
            return None


def _follow(by_address: dict[int, MachineInstruction], entry: int) -> tuple[set[int], set[int]]:
    """Return the addresses of all instructions that may run, and of those that jumps lead to."""
    reached: set[int] = set()
    leaders = {entry}
    waiting = [entry]
    while waiting:
        address = waiting.pop()
        if address in reached:
            continue
        reached.add(address)
        instruction = by_address[address]
        check_allowed(instruction)
        target = _jump_target(instruction)
        if target is not None:
            if target not in by_address:
                raise refuse(
                    VAL003, instruction, "the target is not the start of an instruction of this code"
                )
            leaders.add(target)
            waiting.append(target)
        if instruction.mnemonic not in ("ret", "jmp"):
            if instruction.end not in by_address:
                raise refuse(VAL004, instruction, "nothing follows the last instruction")
            if target is not None:
                leaders.add(instruction.end)
            waiting.append(instruction.end)
    return reached, leaders


def _check_leftovers(instructions: tuple[MachineInstruction, ...], reached: set[int]) -> None:
    """Every instruction that never runs must be padding."""
    for instruction in instructions:
        if instruction.address not in reached and instruction.mnemonic not in ("nop", "int3"):
            raise refuse(VAL005, instruction, "no path leads here, and it is not padding")


def _cut_blocks(
    by_address: dict[int, MachineInstruction], addresses: list[int], leaders: set[int]
) -> dict[int, Block]:
    blocks: dict[int, Block] = {}
    current: list[MachineInstruction] = []
    for address in addresses:
        instruction = by_address[address]
        current.append(instruction)
        ends = instruction.mnemonic == "ret" or _jump_target(instruction) is not None
        if ends or instruction.end in leaders:
            blocks[current[0].address] = _make_block(tuple(current))
            current = []
    assert not current, "every path ends in ret or a jump"
    return blocks


def _make_block(instructions: tuple[MachineInstruction, ...]) -> Block:
    last = instructions[-1]
    target = _jump_target(last)
    start = instructions[0].address
    if last.mnemonic == "ret":
        return Block(start, instructions, "", None, None)
    if target is None:
        return Block(start, instructions, "", last.end, None)
    if last.mnemonic == "jmp":
        return Block(start, instructions, "", target, None)
    return Block(start, instructions, last.mnemonic[1:], target, last.end)


def _reverse_postorder(blocks: dict[int, Block], entry: int) -> list[int]:
    order: list[int] = []
    seen = {entry}
    stack = [(entry, iter(blocks[entry].successors))]
    while stack:
        start, successors = stack[-1]
        following = next((each for each in successors if each not in seen), None)
        if following is None:
            order.append(start)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(blocks[following].successors)))
    return order[::-1]


def _find_loops(blocks: dict[int, Block], entry: int) -> dict[int, frozenset[int]]:
    """Return the natural loops; a backward edge whose target does not dominate it is refused."""
    position = {start: number for number, start in enumerate(blocks)}
    dominator = _find_dominators(blocks, entry, position)
    predecessors = _find_predecessors(blocks)
    loops: dict[int, set[int]] = {}
    depth = dict.fromkeys(blocks, 0)
    for block in blocks.values():
        for head in block.successors:
            if position[head] > position[block.start]:
                continue
            if not _dominates(dominator, head, block.start):
                raise refuse(VAL006, block.instructions[-1], "the loop that it closes has another entry")
            if head not in loops:
                depth[head] += 1
            body = loops.setdefault(head, {head})
            waiting = [block.start]
            while waiting:
                start = waiting.pop()
                if start not in body:
                    body.add(start)
                    depth[start] += 1
                    if depth[start] > limits.MAX_NESTING:
                        fact = f"it is in more than {limits.MAX_NESTING} loops"
                        raise refuse(VAL007, blocks[start].instructions[0], fact)
                    waiting.extend(predecessors[start])
    return {head: frozenset(body) for head, body in loops.items()}


def _find_predecessors(blocks: dict[int, Block]) -> dict[int, list[int]]:
    predecessors: dict[int, list[int]] = {start: [] for start in blocks}
    for block in blocks.values():
        for following in block.successors:
            predecessors[following].append(block.start)
    return predecessors


def _find_dominators(blocks: dict[int, Block], entry: int, position: dict[int, int]) -> dict[int, int]:
    """Return each block's immediate dominator.

    Source: Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm".
    """
    predecessors = _find_predecessors(blocks)
    dominator = {entry: entry}
    changed = True
    while changed:
        changed = False
        for start in list(blocks)[1:]:
            known = [each for each in predecessors[start] if each in dominator]
            found = known[0]
            for other in known[1:]:
                while found != other:
                    if position[found] > position[other]:
                        found = dominator[found]
                    else:
                        other = dominator[other]
            if dominator.get(start) != found:
                dominator[start] = found
                changed = True
    return dominator


def _dominates(dominator: dict[int, int], upper: int, lower: int) -> bool:
    while lower not in (upper, dominator[lower]):
        lower = dominator[lower]
    return lower == upper
