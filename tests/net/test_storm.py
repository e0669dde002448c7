"""Many random and mutated packets: no crash, nothing changed by who aborts, and the counters add up."""

from __future__ import annotations

import pytest

from tests.net.storm import run_storm


def test_fifty_thousand_packets() -> None:
    storm = run_storm(50_000, 6)
    assert storm.aborts > 1000
    filters = storm.network.filters.table.values()
    assert all(each.counts.messages > 5 for each in filters)
    assert sum(each.counts.dropped for each in filters) > 0


def test_the_interpreter_does_the_same() -> None:
    storms = [run_storm(1_500, 3, engine) for engine in ("native", "interpreter")]
    tables = [[each.counts for each in storm.network.filters.table.values()] for storm in storms]
    assert tables[0] == tables[1]
    assert [bytes(memory) for _, memory in storms[0].memories] == [bytes(m) for _, m in storms[1].memories]
    assert storms[0].kernel.clock.now == storms[1].kernel.clock.now


@pytest.mark.long
def test_a_million_packets() -> None:
    assert run_storm(1_000_000, 7).aborts > 10_000
