"""The account of a method: what listed partitions own before and after, what is given, what is taken.

In: the setting of a method. Out: goals. Two multisets are equal when every tuple is in both equally often:
one tuple of unknown words stands for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from runtime.check import smt
from runtime.check.smt import Term
from runtime.ir.nodes import Type
from runtime.template.multiset import is_plain
from runtime.template.nodes import GIVES, TAKES, Kind, Template
from runtime.template.theorem.goal import Goal, Violation
from runtime.template.theorem.method_setting import Setting, make_goal
from runtime.template.theorem.spans import below, equal, subtract, word
from runtime.template.theorem.subject import Run

_MAX_TUPLES = 64  # of the listed partitions, before and after: with more, the method is only tested


@dataclass(frozen=True, slots=True, eq=False)
class _Tuple:
    """Something owned: its words mean something when `present`."""

    present: Term
    words: tuple[Term, ...]


def list_account_goals(setting: Setting) -> tuple[Goal, ...]:
    """Return that the listed partitions own what they owned, and what is given, without what is taken.

    Where there are several partitions, the first goal is that each of them keeps an account of its own, with
    a share of what is given and taken; that is easier to decide, and implies the second, which is about all
    of them together.
    """
    accounts = [_Account() for _ in setting.listed]
    for number, (listed, account) in enumerate(zip(setting.listed, accounts)):
        before, after = setting.owns(listed.number, f"listed {number}")
        account.less += _owned(before, listed.present)
        account.more += _owned(after, listed.present)
    own = [_Account(account.more[:], account.less[:]) for account in accounts]
    together = _Account(
        [t for each in accounts for t in each.more], [t for each in accounts for t in each.less]
    )
    for change in (GIVES, TAKES):
        moved = list(_moved(setting.changes, change))
        together.add(change, moved)
        for number, each in enumerate(moved):
            if own:
                own[number * len(own) // len(moved)].add(change, [each])
    goals = [_balance(setting, own)] if len(own) > 1 else []
    return (*goals, _balance(setting, [together]))


@dataclass(slots=True, eq=False)
class _Account:
    """What must be the same multiset: owned after, and taken; owned before, and given."""

    more: list[_Tuple] = field(default_factory=list)
    less: list[_Tuple] = field(default_factory=list)

    def add(self, change: int, tuples: list[_Tuple]) -> None:
        """Add what is given or taken."""
        (self.less if change == GIVES else self.more).extend(tuples)


def _moved(changes: Run, change: int) -> Iterator[_Tuple]:
    """Yield what is given, or what is taken."""
    for each in changes.trace.emitted:
        present = smt.conjunction(each.reached, equal(each.words[0], word(change)))
        if present is not smt.FALSE:
            yield _Tuple(present, each.words[1:])


def _balance(setting: Setting, accounts: list[_Account]) -> Goal:
    """Return that all accounts balance."""
    template = setting.template
    unequal = [_is_unbalanced(each, template) for each in accounts]
    goal = make_goal(
        setting,
        "owned after = before + gives - takes",
        "the listed partitions own what they owned, and what is given, without what is taken",
        "TPL032",
        f"what `{setting.method.name}` of `{template.name}` gives and takes is not what it changes",
    )
    violations = (Violation(smt.conjunction(setting.done, each), setting.method.span) for each in unequal)
    return replace(goal, violations=tuple(violations))


def _is_unbalanced(account: _Account, template: Template) -> Term:
    """Return that a tuple of some words is not equally often on both sides; True where that is too long."""
    if len(account.more) + len(account.less) > _MAX_TUPLES:
        return smt.TRUE
    any_tuple = tuple(
        smt.unknown_term(f"word {number} of a tuple", Type.U64) for number in range(template.words)
    )
    more, less = (
        smt.count_term([_counts(each, any_tuple, template.kinds) for each in side], _MAX_TUPLES)
        for side in (account.more, account.less)
    )
    return smt.negation(smt.compare_term("eq", more, less))


def differ_as_multisets(first: Run, second: Run, template: Template) -> Term:
    """Return that two runs of `owns` do not own the same; True where that is too long to be asked."""
    account = _Account(_owned(first, smt.TRUE), _owned(second, smt.TRUE))
    return _is_unbalanced(account, template)


def _owned(run: Run, condition: Term) -> list[_Tuple]:
    found = [_Tuple(smt.conjunction(condition, each.reached), each.words) for each in run.trace.emitted]
    return [each for each in found if each.present is not smt.FALSE]


def _counts(owned: _Tuple, wanted: tuple[Term, ...], kinds: tuple[Kind, ...]) -> Term:
    """Return that `owned` is the `wanted` tuple; of data, that it has its first block.

    Data blocks are data whether they are owned one by one or as a run; other objects are what they are only
    as a whole.
    """
    same_kind = equal(owned.words[2], wanted[2])
    data = [equal(owned.words[2], word(n)) for n, kind in enumerate(kinds) if is_plain(kind)]
    as_whole = smt.conjunction(*(equal(one, other) for one, other in zip(owned.words, wanted)))
    single = smt.constant_number(smt.simplify(owned.words[1])) == 1
    apart = subtract(wanted[0], owned.words[0])
    here = equal(wanted[0], owned.words[0]) if single else below(apart, owned.words[1])
    as_block = smt.conjunction(same_kind, here)
    is_data = smt.disjunction(*data)
    if is_data is smt.TRUE or is_data is smt.FALSE:
        return smt.conjunction(owned.present, as_block if is_data is smt.TRUE else as_whole)
    return smt.conjunction(owned.present, smt.choice(is_data, as_block, as_whole))
