"""What is said of filters that cannot match."""

from __future__ import annotations

import dpfc


def test_a_filter_whose_guarded_arithmetic_never_holds_is_not_refused() -> None:
    text = "filter never { 0:8 >= 4; 0:8 - 4 > 60; 0:8 * 8 == 512 }"
    (warning,) = dpfc.compile(text, engine="interpreter").warnings
    assert warning.code == "DPF070"


def test_many_alternatives_over_many_places_are_asked_one_after_another() -> None:
    parts = " or ".join(f"({n % 100}:16 == {n} and {7 * n % 100}:8 == {n % 256})" for n in range(1, 501))
    classifier = dpfc.compile(f"filter one {{ {parts} }}", mode="first", engine="interpreter")
    assert classifier.classify(bytes(120)) == ()
    message = bytearray(120)
    message[52], message[57] = 151, 151
    assert classifier.classify(message) == (1,)
