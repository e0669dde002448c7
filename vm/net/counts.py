"""What is counted of filters, rings and cards: every message is in exactly one of the sums.

In: nothing. Out: records that only grow.

    messages = consumed + delivered + dropped                         of a filter
    delivered = put into the ring; dropped = the ring was full, or there is none, or it takes no such length
    received = sum of messages + unclaimed + expired + held now       of a card, in mode specific
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class FilterCounts:
    """Of a filter.

    Attributes:
        messages, bytes: that the classifier, or recorded state, gave to it.
        consumed: by its handler; `delivered`: put into its ring; `dropped`: no room there.
        aborted: runs of the handler, by why; these messages went on to the ring.
        sent, wakes: that its handler asked for and got; `refused`: and did not get.
        fragments: messages that recorded state gave to it.
        recorded, forgotten: states, and those that gave way to newer ones.
        cycles: charged to the owner for its messages.
    """

    messages: int = 0
    bytes: int = 0
    consumed: int = 0
    delivered: int = 0
    dropped: int = 0
    aborted: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    wakes: int = 0
    refused: int = 0
    fragments: int = 0
    recorded: int = 0
    forgotten: int = 0
    cycles: int = 0


@dataclass(slots=True)
class CardCounts:
    """Of a card.

    Attributes:
        received, bytes: frames that arrived.
        unclaimed: that no filter accepts; `expired`: the same, after they had been held back.
        sent, refused: by `net_send` and handlers; refused are those for which the link had no room.
    """

    received: int = 0
    bytes: int = 0
    unclaimed: int = 0
    expired: int = 0
    sent: int = 0
    refused: int = 0
