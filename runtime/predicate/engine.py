"""Evaluate a predicate: natively, or by the interpreter, with one meaning.

In: a predicate from anybody. Out: a `LoadedPredicate`; the kernel keeps the table of words, and fills it
before it asks. A predicate costs some hundred instructions at most.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from runtime.ir.interpret import prepare_function
from runtime.load.native import native_available
from runtime.pipeline import load_function, prove_function
from runtime.predicate.lower import WORD_BYTES, WORDS, lower_predicate
from runtime.predicate.nodes import Predicate

Engine: TypeAlias = Literal["native", "interpreter"]


def load_predicate(
    predicate: Predicate, engine: Engine | None = None, cache: Path | None = None
) -> LoadedPredicate:
    """Judge, prove and compile a predicate.

    Args:
        predicate: from anybody.
        engine: None is native where the host can run it.
        cache: a directory of earlier proofs and machine code.

    Raises:
        Refused: PRD001 to PRD006.
    """
    chosen: Engine = engine or ("native" if native_available() else "interpreter")
    return LoadedPredicate(predicate, chosen, cache)


class LoadedPredicate:
    """A predicate that can be asked.

    Attributes:
        predicate: what was loaded.
        table_bytes: of the table of words.
        instructions: that one evaluation may take.
    """

    def __init__(self, predicate: Predicate, engine: Engine, cache: Path | None) -> None:
        function, policy = lower_predicate(predicate)
        self.predicate = predicate
        self.table_bytes = function.regions[0].maximum
        self.instructions = prove_function(function, policy, cache).statistics.instructions
        self._table = bytearray(self.table_bytes)
        self._prepared, self._budget = prepare_function(function), policy.budget
        self._entry: Callable[[int], int] | None = None
        if engine == "native":
            self._native = load_function(function, policy, cache)  # keeps the pages
            self._cells = (ctypes.c_char * self.table_bytes).from_buffer(self._table)
            self._entry = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64)(self._native.address)

    def evaluate(self, words: tuple[int, ...] | list[int]) -> int:
        """Return the tag with which to wake, 0 for not to.

        Args:
            words: what the predicate's words hold now, in order.
        """
        if len(words) != len(self.predicate.words):
            raise ValueError(f"the predicate has {len(self.predicate.words)} words, not {len(words)}")
        for number, word in enumerate(words):
            self._table[WORD_BYTES * number : WORD_BYTES * (number + 1)] = word.to_bytes(WORD_BYTES, "little")
        if self._entry is not None:
            return self._entry(ctypes.addressof(self._cells))
        return self._prepared.run({WORDS: self._table}, budget=self._budget).results[0]
