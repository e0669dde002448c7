"""Protected control transfer: an environment enters another at the entry that that one agreed to.

In: calls with up to 5 register words and 16 copied ones. Out: the callee's entry runs; control changes
hands at once, and the rest of the caller's slice with it.

    synchronous (call)    the caller waits for the answer, and its future slices are the callee's too
    asynchronous (send)   the caller gives the rest of this slice, and goes on at its next

A callee that is serving a call accepts no other by the same entry until it has answered, or allows it. What
ends while it serves is answered by a refusal at the caller.
"""

from __future__ import annotations

from typing import TypeGuard

from vm.xok.area import Service, Words
from vm.xok.environment import Environment
from vm.xok.limits import COPIED_WORDS, REGISTER_ARGUMENTS
from vm.xok.refusal import Code, Refusal
from vm.xok.scheduler import Scheduler
from vm.xok.transfer import Transfer
from vm.xok.upcall import Upcalls

SYNCHRONOUS = 0
ASYNCHRONOUS = 1


class Control:
    """Transfers of control.

    Args:
        scheduler: hands the processor over.
        upcalls: enter the callee.
    """

    def __init__(self, scheduler: Scheduler, upcalls: Upcalls) -> None:
        self._scheduler = scheduler
        self._upcalls = upcalls
        upcalls.serve = self._serve

    def call(self, caller: Environment, callee: Environment, arguments: Words, copied: Words) -> Words:
        """Enter `callee` and return its answer; arguments have been checked.

        Raises:
            Refusal: NOT_ACCEPTING; DEADLOCK; or NO_SUCH_ENVIRONMENT: the callee ended before it answered.
        """
        transfer = self._begin(caller, callee, arguments, copied, SYNCHRONOUS)
        before, caller.calling = caller.calling, callee
        try:
            self._scheduler.sleep(caller, lambda: transfer.done or not callee.alive, to=callee)
        finally:
            caller.calling = before
            if callee.transfers[SYNCHRONOUS] is transfer:
                callee.transfers[SYNCHRONOUS] = None
                callee.accepting[SYNCHRONOUS] = True
        if transfer.reply is None:
            raise Refusal(Code.NO_SUCH_ENVIRONMENT, f"environment {callee.id} ended before it answered")
        return transfer.reply

    def send(self, caller: Environment, callee: Environment, arguments: Words, copied: Words) -> None:
        """Enter `callee`, with the rest of the slice.

        Raises:
            Refusal: NOT_ACCEPTING.
        """
        self._begin(caller, callee, arguments, copied, ASYNCHRONOUS)
        self._scheduler.give_way(caller, callee)

    def allow(self, environment: Environment) -> None:
        """Let others call, although one is being served."""
        environment.accepting = [True, True]
        environment.masked = False

    def _begin(
        self, caller: Environment, callee: Environment, arguments: Words, copied: Words, kind: int
    ) -> Transfer:
        entry = _entry(callee, kind)
        context = callee.program
        reachable = context is not None and (not context.is_home or callee is self._scheduler.host)
        if callee is caller or entry is None or not callee.accepting[kind] or not reachable:
            raise Refusal(Code.NOT_ACCEPTING, f"environment {callee.id} accepts no call now")
        transfer = Transfer(caller, arguments, copied, kind == SYNCHRONOUS)
        callee.accepting[kind] = False
        callee.transfers[kind] = transfer
        return transfer

    def _serve(self, callee: Environment, kind: int) -> None:
        """Run the entry in the callee's context, and hand control back with the answer."""
        transfer, entry = callee.transfers[kind], _entry(callee, kind)
        assert transfer is not None, "a call has come"
        callee.transfers[kind] = None
        if entry is None:
            entry = _withdrawn
        reply = self._upcalls.enter(
            callee, _checked, entry, int(transfer.caller.id), transfer.arguments, transfer.copied
        )
        callee.accepting[kind] = True
        callee.masked = False
        transfer.reply, transfer.done = reply, True
        if transfer.synchronous and transfer.caller.alive:
            self._scheduler.hand_back(callee, transfer.caller)


def is_words(value: object, most: int) -> TypeGuard[Words]:
    """Whether `value` is a tuple of at most `most` 64-bit words."""
    return (
        type(value) is tuple
        and len(value) <= most
        and all(type(word) is int and 0 <= word < 1 << 64 for word in value)
    )


def _entry(callee: Environment, kind: int) -> Service | None:
    return callee.area.service if kind == SYNCHRONOUS else callee.area.message


def _withdrawn(caller: int, arguments: Words, copied: Words) -> Words:
    """Answer a call whose entry was taken away before it was entered."""
    return ()


def _checked(entry: Service, caller: int, arguments: Words, copied: Words) -> Words:
    """Run an entry; an answer that is no answer is a fault of the callee, as if it had raised it."""
    reply: object = entry(caller, arguments, copied)
    if reply is None:
        return ()
    if not is_words(reply, REGISTER_ARGUMENTS + COPIED_WORDS):
        raise Refusal(Code.BAD_ARGUMENT, "an answer is a tuple of at most 21 words")
    return reply
