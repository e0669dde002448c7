"""The disk model beside measured drives: distributions are close, and most single requests are."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from bench.disk_model import SUBJECTS, TRACES, Subject, load_subject
from runtime.diagnostic import Refused
from vm.machine.measured import BlankStore, Measured, demerit, read_trace, replay_trace

GOAL = 0.5


@pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.name for subject in SUBJECTS])
def test_the_model_is_close_to_a_measured_drive(subject: Subject) -> None:
    if not TRACES.is_dir():
        pytest.skip(f"{TRACES}, DiskSim's validation set, is not here")
    drive, trace = load_subject(subject, TRACES)
    assert len(trace) >= 9999
    measured = [request.service for request in trace]
    model = replay_trace(trace, drive, subject.pauses)
    assert demerit(model, measured) < GOAL
    assert statistics.correlation(model, measured) > 0.9
    assert statistics.median(abs(a - b) for a, b in zip(model, measured, strict=True)) < 0.3
    assert statistics.pstdev(measured) > 5


def test_pauses_of_dixtrac_come_before_their_requests() -> None:
    if not TRACES.is_dir():
        pytest.skip(f"{TRACES}, DiskSim's validation set, is not here")
    drive, trace = load_subject(SUBJECTS[0], TRACES)
    measured = [request.service for request in trace]
    before = statistics.correlation(replay_trace(trace, drive, "before"), measured)
    after = statistics.correlation(replay_trace(trace, drive, "after"), measured)
    assert before > after + 0.01


def test_the_demerit_is_a_distance_of_distributions() -> None:
    assert demerit([3.0, 1.0, 2.0], [1.0, 2.0, 3.0]) == 0
    assert demerit([1.0, 2.0], [2.0, 3.0]) == 1
    assert demerit([0.0, 0.0], [3.0, 4.0]) == pytest.approx((25 / 2) ** 0.5)


def test_a_trace_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.trace"
    path.write_text("R Hit    2992396   4  13670.00000  35942.00000\n\nW Doub 7 1 0.5 0\n")
    assert read_trace(path) == [
        Measured(False, 2992396, 4, 13.67, 35942 * 200),
        Measured(True, 7, 1, 0.0005, 0),
    ]


@pytest.mark.parametrize(
    "line", ["", "X Hit 1 1 1 1", "R Hit 1 0 1 1", "R Hit -1 1 1 1", "R Hit 1 1 nan 1", "R 1 1 1"]
)
def test_a_damaged_trace_is_refused(line: str, tmp_path: Path) -> None:
    path = tmp_path / "t.trace"
    path.write_text("R Hit 1 1 1 1\n" + line)
    if not line:
        assert len(read_trace(path)) == 1
        return
    with pytest.raises(Refused) as refusal:
        read_trace(path)
    assert refusal.value.diagnostics[0].render().startswith(f"{path}:2:1: error[DSK010]")


def test_a_blank_medium_only_has_a_size() -> None:
    store = BlankStore(4)
    store.write(0, bytes(1024))
    assert store.read(1, 3) == bytes(1536)
    with pytest.raises(AssertionError):
        store.read(2, 3)
