"""Every optimization of the filter compiler has a switch, so that what it buys can be measured.

In: nothing. Out: `Optimizations`, all on unless somebody measures. What a classifier answers, and what is
proved of it, is the same with any of them off.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Optimizations:
    """What to do; DPF96 has these as its sections 3.1 and 3.2.

    Args:
        canonical: write each atom in its one form, so that other spellings merge.
        tables: keep filters of one shape as rows of a table.
        merge: merge filters into one trie that looks at each field once; off, each is evaluated by itself.
        aggregate: ask once for the most room that all undecided filters need.
        coalesce: compare abutting fields with one load of up to 64 bits.
        choose: represent each table the way that suits its keys; off, as the one that suits all.
        reuse: compute equal values once, drop length checks that follow from others, fold constants.
        prefetch: fetch messages ahead where the data is larger than the second-level cache.
    """

    canonical: bool = True
    tables: bool = True
    merge: bool = True
    aggregate: bool = True
    coalesce: bool = True
    choose: bool = True
    reuse: bool = True
    prefetch: bool = True

    def without(self, name: str) -> Optimizations:
        """Return these with the one called `name` off."""
        return replace(self, **{name: False})


ALL = Optimizations()
NAMES = tuple(field.name for field in fields(Optimizations))
