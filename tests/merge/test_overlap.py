"""What is said of filters that cannot match."""

from __future__ import annotations

import dpfc


def test_a_filter_whose_guarded_arithmetic_never_holds_is_not_refused() -> None:
    text = "filter never { 0:8 >= 4; 0:8 - 4 > 60; 0:8 * 8 == 512 }"
    (warning,) = dpfc.compile(text, engine="interpreter").warnings
    assert warning.code == "DPF070"
