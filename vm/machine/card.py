"""A network card: what arrives on its link interrupts the kernel, what the kernel sends goes out on a link.

In: frames from a link. Out: an interrupt for each, and frames to a link. A card has no filters of its own: it
takes every frame (promiscuous), and the kernel's classifier says whose it is.
"""

from __future__ import annotations

from collections.abc import Callable

from vm.machine.link import Link

ETHERNET = 1
"""LINKTYPE_ETHERNET."""


class Card:
    """A card.

    Args:
        link_type: of its frames, a LINKTYPE_ number.

    Attributes:
        out: where sent frames go; None: no cable, and nothing can be sent.
        interrupt: called with each frame that arrives; the kernel sets it.
        taps: called with each frame that is sent or arrives, and whether it was sent: captures.
        received, sent, refused: frames; refused are those that the link did not take.
    """

    __slots__ = ("interrupt", "link_type", "out", "received", "refused", "sent", "taps")

    def __init__(self, link_type: int = ETHERNET) -> None:
        self.link_type = link_type
        self.out: Link | None = None
        self.interrupt: Callable[[bytes], None] = _ignore
        self.taps: list[Callable[[bytes, bool], None]] = []
        self.received = 0
        self.sent = 0
        self.refused = 0

    def receive(self, frame: bytes) -> None:
        """A frame has arrived; called at that time by a link."""
        self.received += 1
        for tap in self.taps:
            tap(frame, False)
        self.interrupt(frame)

    def send(self, frame: bytes) -> bool:
        """Give a frame to the link; False: it takes none now, and the frame was not sent."""
        if self.out is None or not self.out.send(frame):
            self.refused += 1
            return False
        self.sent += 1
        for tap in self.taps:
            tap(frame, True)
        return True


def _ignore(frame: bytes) -> None:
    """No kernel listens."""
