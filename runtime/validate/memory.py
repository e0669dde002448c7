"""Memory operands: which area an address points into, and the obligation that it stays inside.

In: a state and a memory operand. Out: for loads the loaded form; on the way, an `Obligation` for every
access that the facts do not prove at once. Addresses are forms with exactly one pointer symbol, once;
anything else is refused. Loaded numbers are new unknowns every time, so memory that changes under the code
does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from runtime import limits
from runtime.diagnostic import CodeEntry
from runtime.validate.arguments import Area
from runtime.validate.codes import VAL010, VAL011, VAL012, VAL013
from runtime.validate.contract import Contract
from runtime.validate.linear import (
    Linear,
    Symbol,
    add_forms,
    number_form,
    shift_form,
    subtract_forms,
    symbol_form,
    wrap_form,
)
from runtime.validate.machine import RSP, MachineInstruction, Memory
from runtime.validate.refuse import refuse
from runtime.validate.state import State
from runtime.validate.symbols import Input


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must hold whenever `instruction` runs: 0 <= value + extra <= bound over the integers.

    Args:
        value: a register form; some integer equal to it modulo 2**64 must do.
        extra: bytes accessed.
        block: where the instruction is.
    """

    code: CodeEntry
    instruction: MachineInstruction
    fact: str
    value: Linear
    extra: int
    bound: Linear
    block: int


@dataclass(slots=True)
class Judgement:
    """What has been proved so far, and what has not.

    Args:
        block: the block under analysis.
        proved: how many obligations the facts proved.
        open: obligations that the facts do not prove.
        deepest: largest stack frame seen, in bytes.
    """

    contract: Contract
    block: int = 0
    proved: int = 0
    open: list[Obligation] = field(default_factory=list)
    deepest: int = 0

    def demand(
        self,
        state: State,
        code: CodeEntry,
        instruction: MachineInstruction,
        fact: str,
        value: Linear,
        extra: int,
        bound: Linear,
    ) -> None:
        """Prove that 0 <= value and value + extra <= bound, or note that it is open."""
        facts = state.facts
        over = shift_form(subtract_forms(bound, value), -extra)
        if facts.proves(over) and facts.proves(value):
            self.proved += 1
            return
        self.open.append(Obligation(code, instruction, fact, value, extra, bound, self.block))


def form_address(state: State, instruction: MachineInstruction, memory: Memory) -> Linear:
    """Return the address that `memory` denotes, as a register form."""
    form = number_form(memory.displacement)
    for number, scale in ((memory.base, 1), (memory.index, memory.scale)):
        if number is not None:
            form = add_forms(form, read_full(state, instruction, number), scale)
    return wrap_form(form)


def read_full(state: State, instruction: MachineInstruction, number: int) -> Linear:
    """Return all 64 bits of a register to compute with."""
    require_written(state, instruction, number, 64)
    return state.registers[number]


def require_written(state: State, instruction: MachineInstruction, number: int, width: int) -> None:
    """Refuse (VAL012) a use of register bits that nothing has written."""
    saved = state.facts.symbols.is_saved(state.registers[number])
    if state.defined[number] < width or saved:
        raise refuse(VAL012, instruction, "a register is read that nothing has written")


def load(judgement: Judgement, state: State, instruction: MachineInstruction, memory: Memory) -> Linear:
    """Return what `instruction` loads: a number of `memory.width` bits."""
    pointer, offset = _split_address(judgement, state, instruction, memory)
    if pointer == judgement.contract.stack:
        return load_stack(judgement, state, instruction, offset, memory.width // 8)
    _check_area(judgement, state, instruction, memory, pointer, offset, "load")
    return fresh_number(state, instruction, memory.width)


def store(
    judgement: Judgement, state: State, instruction: MachineInstruction, memory: Memory, form: Linear
) -> None:
    """Store the number `form`."""
    pointer, offset = _split_address(judgement, state, instruction, memory)
    if pointer == judgement.contract.stack:
        store_stack(judgement, state, instruction, offset, memory.width // 8, form)
        return
    area = _check_area(judgement, state, instruction, memory, pointer, offset, "store")
    if area.kind == "results" and not offset.terms and offset.constant % 8 == 0 and memory.width == 64:
        state.results |= {offset.constant // 8}


def fresh_number(state: State, instruction: MachineInstruction, width: int, part: str = "load") -> Linear:
    """Return a number that nothing is known of; each place in the code has its own."""
    name = f"{part} {instruction.address:#x}"
    return symbol_form(state.facts.symbols.find(Input("number", name), (1 << width) - 1))


def load_stack(
    judgement: Judgement, state: State, instruction: MachineInstruction, offset: Linear, size: int
) -> Linear:
    """Return the `size` bytes at a constant offset in the frame, or among the arguments above it."""
    if not offset.terms and offset.constant > 0:
        start = _check_argument(state, instruction, offset.constant, size)
    else:
        start = _check_frame(judgement, state, instruction, offset, size)
    found = state.slots.get((start, size))
    if found is not None:
        return found
    if not state.written.issuperset(range(start, start + size)):
        raise refuse(VAL012, instruction, "a stack byte is read that nothing has written")
    return fresh_number(state, instruction, size * 8)


def store_stack(
    judgement: Judgement,
    state: State,
    instruction: MachineInstruction,
    offset: Linear,
    size: int,
    form: Linear,
) -> None:
    """Write `size` bytes at a constant offset in the frame."""
    start = _check_frame(judgement, state, instruction, offset, size)
    state.store_slot((start, size), form)


def stack_offset(judgement: Judgement, state: State, instruction: MachineInstruction) -> int:
    """Return where rsp points, from the return address: 0 or negative, in bytes."""
    offset = subtract_forms(state.registers[RSP], symbol_form(judgement.contract.stack))
    if offset.terms:
        raise refuse(VAL013, instruction, "the stack pointer is not known exactly")
    judgement.deepest = max(judgement.deepest, -offset.constant)
    if not -limits.MAX_STACK_BYTES <= offset.constant <= 0:
        fact = f"the stack pointer is {-offset.constant} bytes below the return address, "
        raise refuse(VAL013, instruction, fact + f"the limit is {limits.MAX_STACK_BYTES}")
    return offset.constant


def _check_frame(
    judgement: Judgement, state: State, instruction: MachineInstruction, offset: Linear, size: int
) -> int:
    lowest = stack_offset(judgement, state, instruction)
    if offset.terms or not lowest <= offset.constant <= -size:
        raise refuse(VAL010, instruction, "the address is not proved to be inside the stack frame")
    return offset.constant


def _check_argument(state: State, instruction: MachineInstruction, start: int, size: int) -> int:
    """Above the return address only arguments may be read, and nothing may be written."""
    if not state.written.issuperset(range(start, start + size)):
        raise refuse(VAL010, instruction, "the address is above the return address and of no argument")
    return start


def _split_address(
    judgement: Judgement, state: State, instruction: MachineInstruction, memory: Memory
) -> tuple[Symbol, Linear]:
    """Return the pointer symbol in an address, and the rest: the offset from it."""
    address = form_address(state, instruction, memory)
    symbols = state.facts.symbols
    pointers = [term for term in address.terms if symbols.is_input(term[0], "pointer")]
    if len(pointers) != 1 or pointers[0][1] != 1:
        raise refuse(VAL010, instruction, "the address is not an offset from one pointer")
    pointer = pointers[0][0]
    assert pointer == judgement.contract.stack or pointer in judgement.contract.areas, (
        "every pointer has an area"
    )
    return pointer, wrap_form(subtract_forms(address, symbol_form(pointer)))


def _check_area(
    judgement: Judgement,
    state: State,
    instruction: MachineInstruction,
    memory: Memory,
    pointer: Symbol,
    offset: Linear,
    access: str,
) -> Area:
    area = judgement.contract.areas[pointer]
    right = "read" if access == "load" else "write"
    if right not in area.rights:
        raise refuse(VAL011, instruction, f"a {access} in `{area.name}`, whose rights are `{area.rights}`")
    size = memory.width // 8
    fact = f"the {size}-byte {access} is not proved to be inside `{area.name}`"
    judgement.demand(state, VAL010, instruction, fact, offset, size, area.limit)
    return area
