"""Whether a new filter takes messages away from an installed one: then it needs a capability that dominates.

In: two filters. Out: yes or no, proved. In mode specific a filter takes what it accepts from each filter that
contains it, and by a larger priority from those that overlap with it. What is not plain from the tests is
asked of the prover, as the classifier itself does (`dpfc.merge.overlap`).
"""

from __future__ import annotations

from dpfc.formula import Filter
from dpfc.program import find_winner
from runtime.diagnostic import Refused
from vm.net.rivals import Conjunctions, contains


def takes_from(new: Filter, old: Filter, forms: tuple[Conjunctions | None, Conjunctions | None]) -> bool:
    """Say whether `new` would win messages that `old` has now.

    Args:
        new: is to be inserted.
        old: is installed, with another number.
        forms: their alternatives, the new one's first.

    Raises:
        Refused: DPF07x: it is not decided which of the two wins.
    """
    ours, theirs = forms
    if contains(ours, theirs) and not contains(theirs, ours):
        return False
    return find_winner(new, old) is new and find_winner(old, new) is new  # disjoint: whichever comes first


def share_messages(new: Filter, old: Filter) -> bool:
    """Say whether a message is accepted by both; where nobody can say, it may be."""
    try:
        return find_winner(new, old) is find_winner(old, new)
    except Refused:
        return True
