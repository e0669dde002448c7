"""Where an environment's code runs: a stack of its own, left and resumed at system calls.

In: the program. Out: a context to switch to. This file is the only door to greenlet.

The programs of environments run in greenlets; Python code that acts as an environment (`Kernel.enter`) runs
where it is: its context is the *home*. Contexts switch to each other directly, there is no main loop.
"""

from __future__ import annotations

from collections.abc import Callable

from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]

Stopped: type[BaseException] = GreenletExit  # raised in a program whose environment is gone


class Context:
    """A stack.

    Args:
        body: what runs in it, and says at its end which context goes on (None: the one that killed it).
        Without
            a body, the context is that of the caller: home.
        home: gets what `body` does not handle: an interrupt from the keyboard.

    Attributes:
        is_home: it has no body.
        is_killed: somebody else has unwound it.
    """

    __slots__ = ("_body", "_greenlet", "is_home", "is_killed")

    def __init__(self, body: Callable[[], Context | None] | None = None, home: Context | None = None) -> None:
        self._body = body
        self.is_home = body is None
        self.is_killed = False
        self._greenlet: greenlet = getcurrent() if home is None else greenlet(self._run, home._greenlet)

    @property
    def is_here(self) -> bool:
        """Whether the caller runs in this context."""
        return self._greenlet is getcurrent()

    def switch(self) -> None:
        """Leave the caller's context for this one; return when somebody switches back."""
        self._greenlet.switch()

    def kill(self) -> None:
        """Unwind a context that waits in `switch`, and return when that is done."""
        self.is_killed = True
        self._greenlet.parent = getcurrent()
        self._greenlet.throw(Stopped)

    def _run(self, *_: object) -> None:
        assert self._body is not None, "home is running already"
        following = self._body()
        if following is not None:
            self._greenlet.parent = following._greenlet
