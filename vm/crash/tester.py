"""Crash-test one run: record it, list its crash states, judge each.

In: a workload and a configuration. Out: a `Report` of this run alone. Of some crashes the repair is recorded,
too, and crashed at every write: what is repaired half must be repaired still.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from runtime.diagnostic import Refused
from vm.crash.configuration import Configuration
from vm.crash.judge import Judge
from vm.crash.machines import make_base, make_formatted
from vm.crash.oracle import Breach
from vm.crash.ownership import Walker
from vm.crash.record import record_restart, record_run
from vm.crash.recording import Disagreement, Recording
from vm.crash.remember import RememberingLibrary
from vm.crash.report import Report, Tally
from vm.crash.states import Count, CrashState, Moment, list_states, make_state
from vm.crash.violation import Crash, Violation
from vm.crash.workload import MAKE, Workload
from vm.machine.crash import Started

AGAIN = 64
"""Of so many images, the repair of one is crashed as well."""


@dataclass(slots=True)
class CrashTester:
    """What runs share.

    Args:
        library: proved types, and disks with empty file systems.
        seed: of the choice of states.
        mixtures: reordered subsets drawn at each write.
        fail_fast: stop at the first violation.
    """

    library: RememberingLibrary
    seed: int
    mixtures: int
    fail_fast: bool = False
    _walker: Walker = field(init=False, default_factory=Walker)

    def find_base(self, configuration: Configuration) -> bytes:
        """Return the image of an empty file system, made when it is first asked for."""
        images = self.library.images
        if configuration.name not in images:
            images[configuration.name] = make_base(configuration, self.library)
        return images[configuration.name]

    def test_run(self, workload: Workload, configuration: Configuration) -> Report:
        """Run a workload, crash it everywhere, and return what came of it."""
        tally = Tally(workloads=1)
        report = Report({configuration.name: tally})
        recording = self._record(workload, configuration)
        if isinstance(recording, Breach):
            tally.violations += 1
            report.violations.append(Violation(Crash(workload, configuration), recording))
            return report
        tally.writes = sum(isinstance(event, Started) for event in recording.events)
        seed, seen = f"{self.seed}/{workload.name}/{configuration.name}", set[str]()
        for moments, breaches in self._crash(recording, configuration, seed, tally, ()):
            tally.violations += 1
            for breach in breaches:
                if breach.rule not in seen:
                    seen.add(breach.rule)
                    report.violations.append(Violation(Crash(workload, configuration, moments), breach))
            if self.fail_fast:
                break
        return report

    def judge_crash(self, crash: Crash) -> list[Breach]:
        """Run a workload again, and judge one crash of it.

        Raises:
            ValueError: the run has no such crash.
        """
        recording = self._record(crash.workload, crash.configuration)
        if isinstance(recording, Breach):
            return [recording]
        breaches: list[Breach] = []
        for number, moment in enumerate(crash.moments, 1):
            state = make_state(recording, moment)
            if number == len(crash.moments):
                judge = Judge(recording, crash.configuration, self.library, self._walker)
                breaches = judge.judge(state)
            else:
                recording = record_restart(recording, state, crash.configuration, self.library)
        return breaches

    def _crash(
        self,
        recording: Recording,
        configuration: Configuration,
        seed: str,
        tally: Tally,
        before: tuple[Moment, ...],
    ) -> Iterator[tuple[tuple[Moment, ...], list[Breach]]]:
        """Yield the crashes that broke something; `before`: the crash whose repair this recording is of."""
        judge = Judge(recording, configuration, self.library, self._walker)
        count, tried = Count(), set[int]()
        try:
            for state in list_states(recording, self.mixtures, seed, count):
                breaches, moments = judge.judge(state), (*before, state.moment)
                if breaches:
                    yield moments, breaches
                elif not before and _can_repair(recording) and _is_chosen(state, tried):
                    repair = record_restart(recording, state, configuration, self.library)
                    yield from self._crash(repair, configuration, seed, tally, moments)
        finally:  # also where the first violation is enough
            tally.generated += count.generated
            tally.distinct += count.distinct
            tally.booted += judge.booted

    def _record(self, workload: Workload, configuration: Configuration) -> Recording | Breach:
        try:
            base = make_formatted(configuration) if workload == MAKE else self.find_base(configuration)
            return record_run(workload, configuration, base, self.library)
        except Refused:
            raise
        except Disagreement as disagreement:
            return Breach("run", str(disagreement))
        except Exception as error:  # noqa: BLE001  (the finding is that it fails, however it does)
            return Breach("run fails", f"{type(error).__name__}: {error}")


def _can_repair(recording: Recording) -> bool:
    """True if there is a file system that can be repaired."""
    return recording.ledger is None and not recording.is_making


def _is_chosen(state: CrashState, tried: set[int]) -> bool:
    """Choose one image of so many, by its digest; each once."""
    if state.key % AGAIN or state.key in tried:
        return False
    tried.add(state.key)
    return True
