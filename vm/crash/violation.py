"""A crash that broke something, in a form that can be saved, read by people, and run again.

In: what was broken where. Out: text, and back:

    # crash: name=seq1-22 system=cffs-grouped-delayed-cached-ordered
    # crash: cut=17 choice=12:ff,13:8
    # crash: cut=4 choice=none            if the repair after it crashed, too
    # found: name lost: `/foo` should be file 1 (inode 3203), and is nothing
    # define
    ...                          the workload
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span
from vm.crash.configuration import Configuration, read_configuration
from vm.crash.oracle import Breach
from vm.crash.parse import parse_workload
from vm.crash.states import Moment
from vm.crash.workload import Workload
from vm.crash.write import write_workload


@dataclass(frozen=True, slots=True)
class Crash:
    """A crash of a run.

    Args:
        workload: that ran.
        configuration: on what.
        moments: when the machine crashed; a second one is of the repair after the first. Without any, the run
            itself went wrong.
    """

    workload: Workload
    configuration: Configuration
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant or a promise that does not hold after a crash.

    Args:
        crash: which.
        breach: what.
    """

    crash: Crash
    breach: Breach


def write_violation(violation: Violation) -> str:
    """Return the text from which `read_crash` reads the crash again."""
    crash, breach = violation.crash, violation.breach
    name = "_".join(crash.workload.name.split()) or "workload"
    head = [f"# crash: name={name} system={crash.configuration.name}"]
    head += [f"# crash: {write_moment(moment)}" for moment in crash.moments]
    head.append(f"# found: {breach.rule}: {' '.join(breach.details.split())}")
    return "\n".join(head) + "\n" + write_workload(crash.workload)


def read_crash(source: Source) -> Crash:
    """Return the crash that a saved violation tells of.

    Raises:
        Refused: ACE008 it does not say which; ACE001 to ACE007 about the workload.
    """
    head: dict[str, str] = {}
    moments = []
    place = Span(Source(source.name, ""), 0, 0)
    for line in source.text.splitlines():
        if line.startswith("# crash:"):
            words = dict(word.split("=", 1) for word in line.split()[2:] if "=" in word)
            head |= words
            if "cut" in words:
                moments.append(_read_moment(words, place))
    if "system" not in head:
        raise _refuse("the text does not say on which system", place)
    workload = parse_workload(Source(head.get("name", source.name), source.text))
    return Crash(workload, read_configuration(head["system"], place), tuple(moments))


def write_moment(moment: Moment) -> str:
    """Return `cut=N choice=number:mask,...`, masks in hexadecimal; `none` if nothing had arrived."""
    choice = ",".join(f"{number}:{mask:x}" for number, mask in moment.choice)
    return f"cut={moment.cut} choice={choice or 'none'}"


def _read_moment(words: dict[str, str], place: Span) -> Moment:
    cut, choice = words["cut"], words.get("choice", "none")
    if not re.fullmatch("[0-9]{1,9}", cut):
        raise _refuse(f"`{cut[:60]}` is no cut", place)
    if choice == "none":
        return Moment(int(cut), ())
    if not re.fullmatch(r"[0-9]{1,9}:[0-9a-f]{1,64}(,[0-9]{1,9}:[0-9a-f]{1,64})*", choice):
        raise _refuse(f"`{choice[:60]}` is no choice of sectors", place)
    pairs = (each.split(":") for each in choice.split(","))
    return Moment(int(cut), tuple((int(number), int(mask, 16)) for number, mask in pairs))


def _refuse(message: str, place: Span) -> Refused:
    return Refused(Diagnostic("ACE008", message, place))
