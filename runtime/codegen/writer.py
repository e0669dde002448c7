"""Write LLVM IR text line by line: fresh names, basic blocks, and the block that is being written.

In: calls in program order. Out: text. Knows nothing of our IR. One writer serves one function.
"""

from __future__ import annotations

from runtime.ir.nodes import Type

LIKELY = ", !prof !0"
LIKELY_METADATA = '!0 = !{!"branch_weights", i32 20, i32 1}\n'
"""Twenty to one: from there on LLVM lets the likely way fall through."""


class Writer:
    """The lines so far. `block` is the label of the basic block that is being written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.block = "entry"
        self._count = 0

    def add_line(self, text: str) -> None:
        """Append an instruction without a result."""
        self.lines.append(f"  {text}")

    def add_value(self, text: str) -> str:
        """Append an instruction with a result and return the result's fresh name."""
        self._count += 1
        name = f"%t{self._count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def make_label(self, stem: str) -> str:
        """Return a label that no block has yet."""
        self._count += 1
        return f"{stem}{self._count}"

    def start_block(self, label: str) -> None:
        """Go on writing in a new block; the one before must have ended in a jump or return."""
        self.lines.append(f"{label}:")
        self.block = label

    def jump(self, label: str) -> None:
        """End the block."""
        self.add_line(f"br label %{label}")

    def branch(self, condition: str, yes: str, no: str, likely: bool = False) -> None:
        """End the block; what is `likely` gets the place right behind it."""
        self.add_line(f"br i1 {condition}, label %{yes}, label %{no}{LIKELY if likely else ''}")

    def widen(self, operand: str, type_: Type, to: str) -> str:
        """Return the operand of `type_` as a number of LLVM type `to`, which is at least as wide."""
        if llvm_type(type_) == to:
            return operand
        return self.add_value(f"zext {llvm_type(type_)} {operand} to {to}")

    def index(self, pointer: str, offset: str) -> str:
        """Return the place `offset` bytes (an i64) after `pointer`."""
        return self.add_value(f"getelementptr inbounds i8, ptr {pointer}, i64 {offset}")

    def prefetch(self, pointer: str, offset: str) -> None:
        """Append the prefetch of the place `offset` bytes (an i64) after `pointer`: no place faults."""
        place = self.add_value(f"getelementptr i8, ptr {pointer}, i64 {offset}")
        self.add_line(f"call void @llvm.prefetch.p0(ptr {place}, i32 0, i32 3, i32 1)")

    def scale(self, index: str, size: int, offset: int) -> str:
        """Return `offset` + `index` * `size` as an i64; `size` is a power of two."""
        if size > 1:
            index = self.add_value(f"shl nuw nsw i64 {index}, {size.bit_length() - 1}")
        return self.add_value(f"add nuw nsw i64 {index}, {offset}") if offset else index


def llvm_type(type_: Type) -> str:
    """Return the LLVM type of values of `type_`."""
    return f"i{type_.bits}"
