"""A classifier whose filters come and go answers as the naive model does, whatever happens in which order."""

from __future__ import annotations

from hypothesis import Phase, settings

from tests.live.machine import Machine

SETTINGS = settings(stateful_step_count=12, deadline=None, phases=(Phase.generate,))
"""Without shrinking, which would compile for minutes."""


class Interpreted(Machine):
    engine = "interpreter"


class Native(Machine):
    engine = "native"


TestInterpreted = Interpreted.TestCase
TestInterpreted.settings = settings(SETTINGS, max_examples=20)
TestNative = Native.TestCase
TestNative.settings = settings(SETTINGS, max_examples=6)
