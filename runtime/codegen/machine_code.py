"""What code generation gives: bytes that can run anywhere, and how they are called.

This file loads no LLVM: the object cache and the loader use it.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.codegen.convention import Form


@dataclass(frozen=True, slots=True)
class MachineCode:
    """x86-64 code without relocations: it may be put at any address.

    Args:
        code: the bytes.
        entry: offset of the first instruction.
        form: how it is called.
    """

    code: bytes
    entry: int
    form: Form
