"""A protected control transfer on its way: who calls, with what, and the answer.

In: a call of one environment to another. Out: the record that both refer to until it is answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vm.xok.area import Words

if TYPE_CHECKING:
    from vm.xok.environment import Environment


@dataclass(slots=True, eq=False)
class Transfer:
    """A call.

    Args:
        caller: who called.
        arguments: at most 5 words in registers.
        copied: at most 16 words.
        synchronous: the caller waits.
        reply: the answer; None: not yet, or the callee died.
        done: there will be no (other) answer.
    """

    caller: Environment
    arguments: Words
    copied: Words
    synchronous: bool
    reply: Words | None = None
    done: bool = False
