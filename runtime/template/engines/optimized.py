"""Functions that were optimized before: so that a second run does not wait for the optimizer.

In: a function, its policy, a directory. Out: a `Compiled`. What is kept is the optimized function itself, and
only if the checker accepts it as it stands: a later run proves it like any downloaded function (or finds that
verdict kept, too), so whoever writes to the directory gains nothing but wrong answers.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from runtime.diagnostic import Refused
from runtime.ir.binary import decode_function, encode_function
from runtime.ir.nodes import Function
from runtime.ir.printer import print_function
from runtime.opt.comparisons import decide_comparisons
from runtime.opt.optimize import PASSES
from runtime.opt.quotients import multiply_quotients
from runtime.pipeline import Compiled, compile_function, prove_function
from runtime.policy import Policy
from runtime.store import read_entry, write_entry

_VERSION = 1
"""To be raised with every change to the optimizer that is worth compiling everything again."""

_PASSES = (decide_comparisons, multiply_quotients, *PASSES)


def compile_optimized(function: Function, policy: Policy, cache: Path | None) -> Compiled:
    """Compile `function`, which has no tables.

    Raises:
        Refused: IR, CHK, TAB, GEN or VAL codes.
    """
    if cache is None:
        return compile_function(function, policy, passes=_PASSES)
    key = _make_key(function, policy)
    kept = read_entry(cache, key)
    if kept:
        with suppress(Refused):
            return compile_function(decode_function(kept), policy, cache, passes=())
    compiled = compile_function(function, policy, cache, passes=_PASSES)
    if kept is None:
        write_entry(cache, key, _encode_provable(compiled.function, policy, cache))
    return compiled


def _encode_provable(function: Function, policy: Policy, cache: Path) -> bytes:
    """Return the function's download form; nothing where the checker cannot follow the optimizer."""
    data = encode_function(function)
    try:
        prove_function(decode_function(data), policy, cache)
    except Refused:
        return b""
    return data


def _make_key(function: Function, policy: Policy) -> str:
    names = " ".join(each.__name__ for each in _PASSES)
    text = f"optimized {_VERSION} {names}\n{policy!r}\n{print_function(function)}"
    return hashlib.sha256(text.encode()).hexdigest()
