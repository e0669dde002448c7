"""The generated workloads: how many there are, that they run, that they are the same every time."""

from __future__ import annotations

import hashlib
from itertools import islice

import pytest

from runtime.source import Source
from vm.crash.apply import ModelRun
from vm.crash.generate import CORE, generate_sequences, sample_sequences
from vm.crash.operation import Checkpoint, Fsync, Sync
from vm.crash.parse import parse_workload
from vm.crash.workload import Workload
from vm.crash.write import write_workload


def _digest(workloads: list[Workload]) -> str:
    text = "".join(f"{workload.name}\n{write_workload(workload)}" for workload in workloads)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("length, count", [(1, 85), (2, 9640)])
def test_every_sequence_is_made_once(length: int, count: int) -> None:
    workloads = list(generate_sequences(length))
    assert len(workloads) == count
    assert len({workload.name for workload in workloads}) == count


def test_each_core_operation_occurs() -> None:
    seen = {operation for workload in generate_sequences(1) for operation in workload.run}
    missing = [operation for operation in CORE if operation not in seen]
    assert [getattr(operation, "offset", None) for operation in missing] == [-1, -1], (
        "appends know their place"
    )


def test_samples_are_drawn_by_their_seed() -> None:
    first, again = (_digest(list(sample_sequences(3, 50, 7))) for _ in range(2))
    other = _digest(list(sample_sequences(3, 50, 8)))
    assert first == again != other
    names = [workload.name for workload in sample_sequences(3, 500, 0)]
    assert len(set(names)) == len(names) == 500


def test_generated_workloads_survive_their_text_form() -> None:
    for workload in islice(generate_sequences(2), 0, None, 97):
        assert parse_workload(Source(workload.name, write_workload(workload))) == workload


def test_every_operation_of_a_workload_can_be_done() -> None:
    for workload in (*generate_sequences(1), *sample_sequences(3, 200, 1)):
        run = ModelRun()
        for time, operation in enumerate(workload.run, 1):
            assert run.runs(operation)
            run.apply(operation, time)
        assert isinstance(workload.run[-1], Checkpoint)
        assert (
            any(isinstance(operation, Fsync | Sync) for operation in workload.run) or run.model.history.points
        )
