"""Packets against a rule set, by compiled code where that can be.

In: a `RuleSet`, messages. Out: for each message the number of its first matching rule, counted from 1; 0 for
none. Rules for IPv4 are compiled (`native`). Elsewhere 5-tuples are read in Python, `naive.first_match` is
asked about new ones, and what it said is remembered.
"""

from __future__ import annotations

from array import array
from pathlib import Path

from dpfc.answers import Answers, Engine
from dpfc.engine import iterate_messages, require_done
from dpfc.program import Mode, Program, build_program
from dpfc.rules.extract import FiveTuple, extract_five_tuple
from dpfc.rules.headers import make_headers
from dpfc.rules.naive import first_match
from dpfc.rules.native import load_rules
from dpfc.rules.ruleset import RuleSet
from runtime.load.batch import Messages, run_filter
from runtime.load.native import NativeFunction

_MAX_REMEMBERED = 1 << 20
"""Answers kept, about 300 MB; beyond that all are forgotten, so that memory is constant."""


class RuleClassifier:
    """A rule set as `dpfc.answers.Classifies` wants it.

    Args:
        rules: tried in order, the first that matches wins.
        engine: of the walk through captures and of counting.
        cache: a directory for verdicts and machine code; None: nothing is kept.

    Attributes:
        names: the rules' names by number; `names[0]` is empty, since numbers start at 1.
        warnings: the rule set's.
    """

    def __init__(self, rules: RuleSet, engine: Engine, cache: Path | None) -> None:
        self.mode: Mode = "first"
        self.engine = engine
        self.cache = cache
        self.names: tuple[str, ...] = ("", *rules.names)
        self.warnings = rules.warnings
        self._rules = rules
        self._known: dict[FiveTuple | None, int] = {None: 0}
        self._program = build_program((), "first")
        self._native: dict[int, NativeFunction | None] = {}

    def prepare(self, link_type: int) -> Program:
        """Return a program of the mode; it has no filters, since rules are not filters."""
        return self._program

    def classify_messages(self, messages: Messages, link_type: int) -> Answers:
        """Return the number of the first matching rule of each message.

        Raises:
            ValueError: a message is not inside the data, or is too long.
        """
        native = self._find_native(link_type)
        if native is not None:
            ids = array("I", bytes(4 * messages.count))
            require_done(run_filter(native, messages, ids), messages, 0)
            return Answers(ids, array("I"))
        tuples = [extract_five_tuple(message, link_type) for message in iterate_messages(messages)]
        if len(self._known) > _MAX_REMEMBERED:
            self._known = {None: 0}
        self._learn([one for one in dict.fromkeys(tuples) if one not in self._known])
        return Answers(array("I", map(self._known.__getitem__, tuples)), array("I"))

    def _find_native(self, link_type: int) -> NativeFunction | None:
        if self.engine != "native":
            return None
        if link_type not in self._native:
            self._native[link_type] = load_rules(self._rules, link_type, self.cache)
        return self._native[link_type]

    def _learn(self, tuples: list[FiveTuple | None]) -> None:
        """Find and remember the answers for new 5-tuples."""
        family = self._rules.family
        ours = [one for one in tuples if one is not None and one.family == family]
        self._known.update(dict.fromkeys(tuples, 0))
        answers = first_match(self._rules, make_headers(ours, family)) + 1
        self._known.update(zip(ours, answers.tolist()))
