"""A filter, as downloaded: a formula over the message, and how to know the fragments that come after it.

In: nothing. Out: the types that `form` reads and writes and the kernel installs. Nothing here is text: names
of headers and fields are the compiler's affair (`dpfc`).

DPF's *state atoms* are here the part `Follow`. When the filter has accepted a message of which `first` is
true as well (a first fragment), the values that `key` has on it are recorded. A message of which `later` is
true, and on which `key` has recorded values, is the filter's too, whatever other filters say.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpfc.formula import Field, Formula


@dataclass(frozen=True, slots=True)
class Follow:
    """How later fragments are known.

    Args:
        first: of a message that the filter accepts: more will follow, record it.
        later: of a message: it may be a later fragment.
        key: what the fragments of one datagram have in common; at least one field.
    """

    first: Formula
    later: Formula
    key: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Download:
    """What an environment asks the kernel to install.

    Args:
        formula: which messages the filter accepts.
        priority: larger wins where filters overlap and neither contains the other.
        follow: None: the filter keeps no state.
    """

    formula: Formula
    priority: int = 0
    follow: Follow | None = None
