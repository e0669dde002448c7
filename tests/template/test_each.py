"""Many objects at once: `owns_each` and `names_each` answer what asking one after another answers."""

from __future__ import annotations

import random

import numpy as np
import pytest

from runtime.load.native import native_available
from runtime.template.engine import Engine, Loaded, load_template
from runtime.template.engines import calls
from runtime.template.nodes import Template
from tests.template.samples import make_directory, make_pointers, make_runs

ENGINES: tuple[Engine, ...] = ("native", "interpreter") if native_available() else ("interpreter",)


def _make(template: Template, count: int, seed: int) -> tuple[bytes, list[int], list[int], np.ndarray]:
    """Objects anywhere in some bytes, perhaps over each other, with arguments from their domains."""
    rng = random.Random(seed)
    memory = bytes(rng.choice((0, 0, 1, 255, rng.randrange(256))) for _ in range(template.maximum + 2000))
    places = [rng.randrange(2000) for _ in range(count)]
    lengths = [template.maximum if template.constant else rng.randrange(template.maximum) for _ in places]
    arguments = [[rng.choice(rng.choice(p.allowed)) for p in template.parameters] + [7] for _ in places]
    return memory, places, lengths, np.array(arguments, dtype=np.uint64).reshape(count, -1)


def _expect(
    loaded: Loaded, role: str, made: tuple[bytes, list[int], list[int], np.ndarray]
) -> list[list[list[int]]]:
    memory, places, lengths, arguments = made
    ask = getattr(loaded, role)
    words = arguments[:, :-1].tolist()
    return [ask(memory[at : at + size], row).tolist() for at, size, row in zip(places, lengths, words)]


@pytest.mark.parametrize("make", [make_pointers, make_runs, make_directory])
@pytest.mark.parametrize("engine", ENGINES)
def test_each_answers_as_one(make: object, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(make)
    monkeypatch.setattr(calls, "_ROOM", 4096)  # so that the room is emptied in between
    loaded = load_template(make(), engine)
    for role in ("owns", "names"):
        made = _make(loaded.template, 12, seed=3)
        rows, counts = getattr(loaded, f"{role}_each")(*made)
        expected = _expect(loaded, role, made)
        assert counts == [len(found) for found in expected]
        assert rows.tolist() == [row for found in expected for row in found]
        assert getattr(loaded, f"{role}_each")(b"", [], [], made[3][:0])[1] == []


@pytest.mark.parametrize("engine", ENGINES)
def test_objects_lie_in_the_memory(engine: Engine) -> None:
    loaded = load_template(make_runs(), engine)
    memory, _, lengths, arguments = _make(loaded.template, 1, seed=1)
    for place in (-1, len(memory) - lengths[0] + 1, 1 << 63):
        with pytest.raises(ValueError, match="does not lie"):
            loaded.owns_each(memory, [place], lengths, arguments)
    with pytest.raises(ValueError, match="bytes"):
        loaded.owns_each(memory, [0], [loaded.template.maximum + 1], arguments)
    for few in (arguments[:0], arguments[:, : len(loaded.template.parameters) - 1]):
        with pytest.raises(ValueError, match="each object has"):
            loaded.owns_each(memory, [0], lengths, few)
