"""What each allowed instruction does to a state: the meaning of machine code, as far as the proof needs it.

In: a state and an instruction. Out: the state after it, changed in place. Jumps do nothing here; `explore`
follows them. An instruction that the facts do not describe exactly gives an unknown number of the right
width.
"""

from __future__ import annotations

from typing import Literal

from runtime.validate import arithmetic
from runtime.validate.allowed import CONDITIONS
from runtime.validate.branch import choose
from runtime.validate.codes import VAL002, VAL012, VAL013, VAL014, VAL015, VAL016
from runtime.validate.linear import (
    ZERO,
    Linear,
    add_forms,
    number_form,
    scale_form,
    subtract_forms,
    wrap_form,
)
from runtime.validate.machine import (
    CALLEE_SAVED,
    RAX,
    RDX,
    REGISTER_NAMES,
    RSP,
    Immediate,
    MachineInstruction,
    Memory,
    Operand,
    Register,
)
from runtime.validate.memory import (
    Judgement,
    form_address,
    fresh_number,
    load,
    load_stack,
    require_written,
    stack_offset,
    store,
    store_stack,
)
from runtime.validate.partial import find_narrow, finish_narrow, prepare_narrow
from runtime.validate.refuse import refuse
from runtime.validate.state import UNDEFINED_FLAGS, State
from runtime.validate.symbols import Flags

_ALL_FLAGS = "czsop"


def step(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    """Execute one instruction.

    Raises:
        Refused: VAL010 to VAL016 where it cannot be allowed whatever else is known.
    """
    narrow = find_narrow(state, instruction)
    if narrow is None:
        _execute(judgement, state, instruction)
    else:
        prepare_narrow(state, narrow)
        _execute(judgement, state, narrow)
        finish_narrow(state, narrow)


def _execute(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    name = instruction.mnemonic
    match name:
        case "mov":
            _step_move(judgement, state, instruction)
        case "movzx" | "movsx" | "movsxd":
            _step_extend(judgement, state, instruction)
        case "add" | "sub" | "adc" | "sbb" | "and" | "or" | "xor" | "cmp" | "test":
            _step_binary(judgement, state, instruction)
        case "inc" | "dec" | "neg" | "not":
            _step_unary(judgement, state, instruction)
        case "shl" | "shr" | "sar" | "rol" | "ror":
            _step_shift(judgement, state, instruction)
        case "lea":
            _step_address(judgement, state, instruction)
        case "prefetcht0":
            _step_prefetch(state, instruction)
        case "imul" | "mul":
            _step_multiply(judgement, state, instruction)
        case "div":
            _step_divide(judgement, state, instruction)
        case "push" | "pop" | "ret":
            _step_stack(judgement, state, instruction)
        case "bswap" | "bt" | "xchg" | "shld" | "shrd" | "tzcnt":
            _step_bits(judgement, state, instruction)
        case _ if name.startswith("set"):
            _write(
                judgement,
                state,
                instruction,
                0,
                _choose(state, instruction, name[3:], number_form(1), ZERO, 8),
            )
        case _ if name.startswith("cmov"):
            _step_conditional_move(judgement, state, instruction)
        case _:
            assert name in ("nop", "jmp") or name.startswith("j"), f"{name} is allowed but has no meaning"


def require_flags(state: State, instruction: MachineInstruction, condition: str) -> None:
    """Refuse (VAL012) a condition on flags that nothing has written."""
    if not set(CONDITIONS[condition]) <= set(state.flags.defined):
        raise refuse(VAL012, instruction, "a flag is read that nothing has written")


def _read(judgement: Judgement, state: State, instruction: MachineInstruction, position: int) -> Linear:
    """Return an operand as a number of the operand's own width."""
    operand = instruction.operands[position]
    match operand:
        case Immediate(number=number):
            return number_form(number & ((1 << _width(instruction)) - 1))
        case Memory():
            form = _load_number(judgement, state, instruction, operand)
            return arithmetic.truncate(state.facts, form, operand.width)
        case Register(number=number, width=width, high=high):
            require_written(state, instruction, number, 16 if high else width)
            if high:
                word = arithmetic.truncate(state.facts, state.registers[number], 16)
                return arithmetic.shift_right(state.facts, word, number_form(8), 16)
            return arithmetic.truncate(state.facts, state.registers[number], width)


def _load_number(
    judgement: Judgement, state: State, instruction: MachineInstruction, memory: Memory
) -> Linear:
    """Load to compute with: not what a spilled register of the caller holds."""
    form = load(judgement, state, instruction, memory)
    if state.facts.symbols.is_saved(form):
        raise refuse(VAL012, instruction, "a register of the caller is used as a number")
    return form


def _width(instruction: MachineInstruction) -> int:
    """Return the width of the operation in bits: that of the operands that are no constants."""
    first = instruction.operands[0]
    return 64 if isinstance(first, Immediate) else first.width


def _write(
    judgement: Judgement, state: State, instruction: MachineInstruction, position: int, form: Linear
) -> None:
    """Write a number of the operand's width to it; 8- and 16-bit writes keep the register's upper bits."""
    operand: Operand = instruction.operands[position]
    match operand:
        case Memory():
            store(judgement, state, instruction, operand, form)
        case Register(number=number, width=width, high=high):
            if number == RSP and width != 64:
                raise refuse(VAL013, instruction, "a part of the stack pointer is written")
            _write_register(state, instruction, number, 16 if high else width, form, high)
            if number == RSP:
                state.forget_below(stack_offset(judgement, state, instruction))
        case Immediate():
            raise refuse(VAL002, instruction, "a constant cannot be written")


def _write_register(
    state: State, instruction: MachineInstruction, number: int, width: int, form: Linear, high: bool
) -> None:
    before = state.registers[number]
    defined = 0 if state.facts.symbols.is_saved(before) else state.defined[number]
    if high:
        require_written(state, instruction, number, 16)
        state.registers[number] = fresh_number(state, instruction, 16, "word")
        state.defined[number] = 16
    elif width >= 32:
        state.registers[number], state.defined[number] = form, 64
    elif defined <= width:
        state.registers[number], state.defined[number] = form, width
    else:
        low = arithmetic.truncate(state.facts, before, width)
        state.registers[number] = wrap_form(add_forms(subtract_forms(before, low), form))


def _step_move(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    """Copy; whole registers are copied as they are, also those of the caller: spilling reads nothing."""
    target, source = instruction.operands
    match source:
        case Memory(width=64):
            form = load(judgement, state, instruction, source)
        case Register(number=number, width=64) if _spills(judgement, state, instruction, target, number):
            form = state.registers[number]
        case Register(number=number, width=64):
            require_written(state, instruction, number, 64)
            form = state.registers[number]
        case _:
            form = _read(judgement, state, instruction, 1)
    _write(judgement, state, instruction, 0, form)


def _spills(
    judgement: Judgement, state: State, instruction: MachineInstruction, target: Operand, number: int
) -> bool:
    """Say whether a whole register goes to the stack."""
    if not isinstance(target, Memory) or state.defined[number] < 64:
        return False
    address = form_address(state, instruction, target)
    return any(symbol == judgement.contract.stack for symbol, _ in address.terms)


def _step_extend(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    form = _read(judgement, state, instruction, 1)
    if instruction.mnemonic != "movzx":
        form = arithmetic.extend_sign(state.facts, form, instruction.operands[1].width)
        form = arithmetic.truncate(state.facts, form, _width(instruction))
    _write(judgement, state, instruction, 0, form)


def _step_binary(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    name, width, facts = instruction.mnemonic, _width(instruction), state.facts
    if _clear_register(judgement, state, instruction):
        return
    left = _read_operand(judgement, state, instruction, 0)
    right = _read_operand(judgement, state, instruction, 1)
    match name:
        case "add":
            _finish_sum(judgement, state, instruction, left, right, wrap_form(add_forms(left, right)), "add")
        case "sub" | "cmp":
            _finish_sum(
                judgement, state, instruction, left, right, wrap_form(subtract_forms(left, right)), "sub"
            )
        case "adc" | "sbb":
            _step_carry(judgement, state, instruction, left, right)
        case _:
            left, right = (arithmetic.truncate(facts, form, width) for form in (left, right))
            operation = {"and": arithmetic.bit_and, "test": arithmetic.bit_and, "or": arithmetic.bit_or}.get(
                name, arithmetic.bit_xor
            )
            result = operation(facts, left, right, width)
            state.flags = Flags("logic", width, left, right, result, _ALL_FLAGS)
            if name != "test":
                _write(judgement, state, instruction, 0, result)


def _read_operand(
    judgement: Judgement, state: State, instruction: MachineInstruction, position: int
) -> Linear:
    """Return an operand to add or compare: a number, or of 64 bits a form (pointers stay pointers)."""
    operand = instruction.operands[position]
    if isinstance(operand, Register) and operand.width == 64:
        require_written(state, instruction, operand.number, 64)
        return state.registers[operand.number]
    if isinstance(operand, Memory) and operand.width == 64:
        return _load_number(judgement, state, instruction, operand)
    return _read(judgement, state, instruction, position)


def _clear_register(judgement: Judgement, state: State, instruction: MachineInstruction) -> bool:
    """`xor r, r` and `sub r, r` give 0 and `sbb r, r` gives minus the carry, whatever r was."""
    operand, other = instruction.operands
    if instruction.mnemonic not in ("xor", "sub", "sbb") or operand != other:
        return False
    if not isinstance(operand, Register) or operand.width < 32:
        return False
    width = operand.width
    if instruction.mnemonic == "sbb":
        mask = number_form((1 << width) - 1)
        form = _choose(state, instruction, "b", mask, ZERO, width)
        state.flags = _unknown_flags(instruction, _ALL_FLAGS)
    else:
        form = ZERO
        state.flags = Flags("logic", width, ZERO, ZERO, ZERO, _ALL_FLAGS)
    _write(judgement, state, instruction, 0, form)
    return True


def _finish_sum(
    judgement: Judgement,
    state: State,
    instruction: MachineInstruction,
    left: Linear,
    right: Linear,
    result: Linear,
    kind: Literal["add", "sub"],
) -> None:
    """Set the flags of a sum or difference and write it, unless it is a comparison.

    Flags speak of numbers: pointers and other forms that may wrap are given a symbol of 64 bits there.
    """
    width, facts = _width(instruction), state.facts
    narrow = [arithmetic.truncate(facts, form, width) for form in (left, right)]
    if instruction.mnemonic == "cmp":
        number = ZERO
    else:
        number = arithmetic.truncate(facts, result, width)
        _write(judgement, state, instruction, 0, result if width == 64 else number)
    state.flags = Flags(kind, width, narrow[0], narrow[1], number, _ALL_FLAGS)


def _step_carry(
    judgement: Judgement, state: State, instruction: MachineInstruction, left: Linear, right: Linear
) -> None:
    width, sign = _width(instruction), 1 if instruction.mnemonic == "adc" else -1
    carry = _choose(state, instruction, "b", number_form(1), ZERO, width)
    form = add_forms(left, add_forms(right, carry), sign)
    form = arithmetic.truncate(state.facts, wrap_form(form), width) if width < 64 else wrap_form(form)
    state.flags = _unknown_flags(instruction, _ALL_FLAGS)
    _write(judgement, state, instruction, 0, form)


def _step_unary(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    name, width, facts = instruction.mnemonic, _width(instruction), state.facts
    before = _read_operand(judgement, state, instruction, 0)
    match name:
        case "inc":
            form = add_forms(before, number_form(1))
        case "dec":
            form = add_forms(before, number_form(-1))
        case "neg":
            form = scale_form(before, -1)
        case _:
            form = subtract_forms(number_form((1 << width) - 1), before)
    form = wrap_form(form) if width == 64 else form
    number = arithmetic.truncate(facts, form, width)
    if name == "neg":
        narrow = arithmetic.truncate(facts, before, width)
        state.flags = Flags("sub", width, ZERO, narrow, number, _ALL_FLAGS)
    elif name != "not":
        state.flags = Flags("result", width, ZERO, ZERO, number, "zsop", instruction.address)
    _write(judgement, state, instruction, 0, form if width == 64 else number)


def _step_shift(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    name, width, facts = instruction.mnemonic, _width(instruction), state.facts
    left = _read(judgement, state, instruction, 0)
    mask = number_form(63 if width == 64 else 31)
    variable = isinstance(instruction.operands[1], Register)
    count = arithmetic.bit_and(facts, _read(judgement, state, instruction, 1), mask, 8)
    if not 0 <= facts.bounds(count)[1] < width or (not variable and count == ZERO):
        raise refuse(VAL002, instruction, "the shift amount is not below the width")
    match name:
        case "shl":
            form = arithmetic.shift_left(facts, left, count, width)
        case "shr":
            form = arithmetic.shift_right(facts, left, count, width)
        case "sar" if facts.bounds(left)[1] < 1 << (width - 1):
            form = arithmetic.shift_right(facts, left, count, width)
        case _:
            form = arithmetic.apply_opaque(facts, name, width, left, count)
    if variable:
        state.flags = UNDEFINED_FLAGS
    elif name in ("rol", "ror"):
        state.flags = _unknown_flags(instruction, "c")
    else:
        state.flags = Flags("result", width, ZERO, ZERO, form, "czsp", instruction.address)
    _write(judgement, state, instruction, 0, form)


def _step_address(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    memory = instruction.operands[1]
    assert isinstance(memory, Memory), "the allowed form of lea"
    form = form_address(state, instruction, memory)
    width = _width(instruction)
    _write(
        judgement,
        state,
        instruction,
        0,
        form if width == 64 else arithmetic.truncate(state.facts, form, width),
    )


def _step_prefetch(state: State, instruction: MachineInstruction) -> None:
    """Do nothing; but the address may not come from registers that nothing has written."""
    memory = instruction.operands[0]
    assert isinstance(memory, Memory), "the allowed form of prefetcht0"
    form_address(state, instruction, memory)


def _unknown_flags(instruction: MachineInstruction, defined: str) -> Flags:
    return Flags("other", 64, ZERO, ZERO, ZERO, defined, instruction.address)


def _step_multiply(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    width, facts = _width(instruction), state.facts
    if len(instruction.operands) > 1:
        first = len(instruction.operands) - 2
        left = _read(judgement, state, instruction, first)
        right = _read(judgement, state, instruction, first + 1)
        _write(judgement, state, instruction, 0, arithmetic.multiply(facts, left, right, width))
    else:
        left = _read_part(state, instruction, RAX, width)
        right = _read(judgement, state, instruction, 0)
        if width == 8:
            product = arithmetic.multiply(facts, left, right, 16)
            _write_register(state, instruction, RAX, 16, product, high=False)
        else:
            lower = arithmetic.multiply(facts, left, right, width)
            upper = arithmetic.multiply_high(facts, left, right, width)
            _write_register(state, instruction, RAX, width, lower, high=False)
            _write_register(state, instruction, RDX, width, upper, high=False)
    state.flags = _unknown_flags(instruction, "co")


def _read_part(state: State, instruction: MachineInstruction, number: int, width: int) -> Linear:
    require_written(state, instruction, number, width)
    return arithmetic.truncate(state.facts, state.registers[number], width)


def _step_divide(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    """Divide rdx:rax; only an empty rdx is understood, so the quotient fits."""
    width, facts = _width(instruction), state.facts
    divisor = _read(judgement, state, instruction, 0)
    left = _read_part(state, instruction, RAX, max(width, 16))
    upper = _read_part(state, instruction, RDX, width) if width > 8 else ZERO
    if upper != ZERO or facts.bounds(left)[1] >> width:
        raise refuse(VAL015, instruction, "the upper half of the dividend is not proved to be 0")
    judgement.demand(state, VAL015, instruction, "the divisor is not proved to be above 0", ZERO, 1, divisor)
    quotient, remainder = arithmetic.divide(facts, left, divisor, width)
    if width == 8:  # the quotient in al, the remainder in ah
        both = add_forms(quotient, remainder, 256)
        _write_register(state, instruction, RAX, 16, both, high=False)
    else:
        _write_register(state, instruction, RAX, width, quotient, high=False)
        _write_register(state, instruction, RDX, width, remainder, high=False)
    state.flags = UNDEFINED_FLAGS


def _step_bits(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    name, width, facts = instruction.mnemonic, _width(instruction), state.facts
    if name == "tzcnt":
        _read(judgement, state, instruction, 1)
        _write(judgement, state, instruction, 0, fresh_number(state, instruction, width, name))
        state.flags = UNDEFINED_FLAGS
        return
    left = _read_operand(judgement, state, instruction, 0)
    match name:
        case "xchg":
            right = _read_operand(judgement, state, instruction, 1)
            _write(judgement, state, instruction, 0, right)
            _write(judgement, state, instruction, 1, left)
        case "bswap":
            form = arithmetic.apply_opaque(facts, "bswap", width, arithmetic.truncate(facts, left, width))
            _write(judgement, state, instruction, 0, form)
        case "bt":
            _read(judgement, state, instruction, 1)
            state.flags = _unknown_flags(instruction, "c")
        case _:
            _read(judgement, state, instruction, 1)
            _write(judgement, state, instruction, 0, fresh_number(state, instruction, width, name))
            state.flags = UNDEFINED_FLAGS


def _choose(
    state: State, instruction: MachineInstruction, condition: str, yes: Linear, no: Linear, width: int
) -> Linear:
    require_flags(state, instruction, condition)
    return choose(state.facts, condition, state.flags, yes, no, width)


def _step_conditional_move(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    width = _width(instruction)
    no = _read(judgement, state, instruction, 0)
    yes = _read(judgement, state, instruction, 1)
    _write(
        judgement,
        state,
        instruction,
        0,
        _choose(state, instruction, instruction.mnemonic[4:], yes, no, width),
    )


def _step_stack(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    match instruction.mnemonic:
        case "push":
            _push(judgement, state, instruction)
        case "pop":
            offset = stack_offset(judgement, state, instruction)
            form = load_stack(judgement, state, instruction, number_form(offset), 8)
            state.registers[RSP] = wrap_form(add_forms(state.registers[RSP], number_form(8)))
            state.forget_below(offset + 8)
            _write(judgement, state, instruction, 0, form)
        case _:
            _check_return(judgement, state, instruction)


def _push(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    match instruction.operands[0]:
        case Register(number=number):
            if state.defined[number] < 64:
                form = fresh_number(state, instruction, 64, "unwritten")
                defined = False
            else:
                form, defined = state.registers[number], True
        case _:
            form, defined = number_form(_signed(instruction)), True
    state.registers[RSP] = wrap_form(add_forms(state.registers[RSP], number_form(-8)))
    offset = stack_offset(judgement, state, instruction)
    store_stack(judgement, state, instruction, number_form(offset), 8, form)
    if not defined:  # `push rax` only to make room: what it stores may not be read
        state.forget_slot((offset, 8))


def _signed(instruction: MachineInstruction) -> int:
    operand = instruction.operands[0]
    assert isinstance(operand, Immediate), "the allowed forms of push"
    return operand.number & ((1 << 64) - 1)


def _check_return(judgement: Judgement, state: State, instruction: MachineInstruction) -> None:
    """At `ret`: the stack and the caller's registers are as they were, and the answer is complete."""
    if stack_offset(judgement, state, instruction) != 0:
        raise refuse(VAL013, instruction, "the stack pointer does not point to the return address")
    contract = judgement.contract
    for number in CALLEE_SAVED:
        if state.registers[number] != contract.saved[number] or state.defined[number] != 64:
            raise refuse(VAL014, instruction, f"`{REGISTER_NAMES[number]}` is not restored")
    if not state.results.issuperset(range(contract.results)):
        raise refuse(VAL016, instruction, "not every result has been stored")
    if contract.answer is not None:
        require_written(state, instruction, RAX, 64)
        answer = arithmetic.truncate(state.facts, state.registers[RAX], 64)
        fact = f"rax is not proved to be at most {contract.answer}"
        judgement.demand(state, VAL016, instruction, fact, answer, 0, number_form(contract.answer))
