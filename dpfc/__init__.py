"""The packet-filter compiler: `dpfc.compile(text)` gives a `Classifier`.

The names are imported when they are first used, so that importing a part of the compiler, as the commands do,
does not import all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpfc.answers import Answers as Answers
    from dpfc.classifier import Classifier as Classifier
    from dpfc.classifier import compile as compile  # noqa: A004  (re.compile is the model)

__all__ = ["Answers", "Classifier", "compile"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from dpfc import classifier

        return getattr(classifier, name)
    raise AttributeError(f"module `dpfc` has no attribute `{name}`")
