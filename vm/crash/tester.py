"""Crash-test one run: record it, list its crash states, judge each.

In: a workload and a configuration. Out: a `Report` of this run alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vm.crash.configuration import Configuration
from vm.crash.judge import Judge
from vm.crash.machines import make_base
from vm.crash.oracle import Breach
from vm.crash.ownership import Walker
from vm.crash.record import record_run
from vm.crash.recording import Disagreement, Recording
from vm.crash.report import Report, Tally
from vm.crash.states import Count, list_states, make_state
from vm.crash.violation import Crash, Violation
from vm.crash.workload import Workload
from vm.machine.crash import Started
from vm.xn.types import TypeLibrary


@dataclass(slots=True)
class Tester:
    """What runs share.

    Args:
        library: proved types.
        seed: of the choice of states.
        mixtures: reordered subsets drawn at each write.
    """

    library: TypeLibrary
    seed: int
    mixtures: int
    _walker: Walker = field(init=False, default_factory=Walker)
    _bases: dict[str, bytes] = field(init=False, default_factory=dict)

    def find_base(self, configuration: Configuration) -> bytes:
        """Return the image of an empty file system, made when it is first asked for."""
        if configuration.name not in self._bases:
            self._bases[configuration.name] = make_base(configuration, self.library)
        return self._bases[configuration.name]

    def test_run(self, workload: Workload, configuration: Configuration) -> Report:
        """Run a workload, crash it everywhere, and return what came of it."""
        tally = Tally(workloads=1)
        report = Report({configuration.name: tally})
        recording = self._record(workload, configuration)
        if isinstance(recording, Breach):
            tally.violations += 1
            crash = Crash(workload, configuration, None, ())
            report.violations.append(Violation(crash, recording.rule, recording.details))
            return report
        tally.writes = sum(isinstance(event, Started) for event in recording.events)
        judge = Judge(recording, configuration, self.library, self._walker)
        count, seen = Count(), set[str]()
        seed = f"{self.seed}/{workload.name}/{configuration.name}"
        for state in list_states(recording, self.mixtures, seed, count):
            breaches = judge.judge(state)
            tally.violations += bool(breaches)
            for breach in breaches:
                if breach.rule not in seen:
                    seen.add(breach.rule)
                    crash = Crash(workload, configuration, state.cut, state.choice)
                    report.violations.append(Violation(crash, breach.rule, breach.details))
        tally.generated, tally.distinct, tally.booted = count.generated, count.distinct, judge.booted
        return report

    def judge_crash(self, crash: Crash) -> list[Breach]:
        """Run a workload again, and judge one crash of it.

        Raises:
            ValueError: the run has no such crash.
        """
        recording = self._record(crash.workload, crash.configuration)
        if isinstance(recording, Breach):
            return [recording]
        if crash.cut is None:
            return []
        judge = Judge(recording, crash.configuration, self.library, self._walker)
        return judge.judge(make_state(recording, crash.cut, crash.choice))

    def _record(self, workload: Workload, configuration: Configuration) -> Recording | Breach:
        try:
            return record_run(workload, configuration, self.find_base(configuration), self.library)
        except Disagreement as disagreement:
            return Breach("run", str(disagreement))
        except Exception as error:  # noqa: BLE001  (the finding is that it fails, however it does)
            return Breach("run fails", f"{type(error).__name__}: {error}")
