"""A crash that broke something, in a form that can be saved, read by people, and run again.

In: what was broken where. Out: text, and back:

    # crash: system=cffs-grouped-delayed-cached-ordered mixtures=3 seed=0
    # crash: cut=17 choice=12:ff,13:8
    # found: name lost: `/foo` should be file 1 (inode 3203), and is nothing
    # define
    ...                          the workload
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source
from vm.crash.configuration import Configuration, read_configuration
from vm.crash.parse import parse_workload
from vm.crash.states import Choice
from vm.crash.workload import Workload
from vm.crash.write import write_workload


@dataclass(frozen=True, slots=True)
class Crash:
    """One crash of one run.

    Args:
        workload: that ran.
        configuration: on what.
        cut: how many events of the disk had happened; None: there was no crash, the run itself went wrong.
        choice: which pending sectors had arrived.
    """

    workload: Workload
    configuration: Configuration
    cut: int | None
    choice: Choice


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant or a promise that does not hold after a crash.

    Args:
        crash: which.
        rule: the name of the invariant, or of the oracle's rule.
        details: one sentence.
    """

    crash: Crash
    rule: str
    details: str


def write_violation(violation: Violation) -> str:
    """Return the text from which `read_crash` reads the crash again."""
    crash = violation.crash
    where = "the run itself" if crash.cut is None else f"cut={crash.cut} choice={write_choice(crash.choice)}"
    head = [
        f"# crash: name={crash.workload.name} system={crash.configuration.name}",
        f"# crash: {where}",
        f"# found: {violation.rule}: {violation.details}",
    ]
    return "\n".join(head) + "\n" + write_workload(crash.workload)


def read_crash(source: Source) -> Crash:
    """Return the crash that a saved violation tells of.

    Raises:
        Refused: ACE008 it does not say which; ACE001 to ACE007 about the workload.
    """
    found = {
        word.partition("=")[0]: word.partition("=")[2]
        for line in source.text.splitlines()
        if line.startswith("# crash:")
        for word in line.split()[2:]
        if "=" in word
    }
    if "system" not in found:
        raise _refuse("the text does not say on which system")
    workload = parse_workload(Source(found.get("name", source.name), source.text))
    cut = found.get("cut")
    if cut is not None and not re.fullmatch("[0-9]{1,9}", cut):
        raise _refuse(f"`{cut}` is no cut")
    choice = read_choice(found.get("choice", ""))
    return Crash(workload, read_configuration(found["system"]), None if cut is None else int(cut), choice)


def write_choice(choice: Choice) -> str:
    """Return `number:mask,...`, masks in hexadecimal; `none` if nothing had arrived."""
    return ",".join(f"{number}:{mask:x}" for number, mask in choice) or "none"


def read_choice(text: str) -> Choice:
    """Return what `write_choice` has written.

    Raises:
        Refused: ACE008.
    """
    if text in ("", "none"):
        return ()
    if not re.fullmatch(r"[0-9]{1,9}:[0-9a-f]{1,64}(,[0-9]{1,9}:[0-9a-f]{1,64})*", text):
        raise _refuse(f"`{text[:60]}` is no choice of sectors")
    pairs = (each.split(":") for each in text.split(","))
    return tuple((int(number), int(mask, 16)) for number, mask in pairs)


def _refuse(message: str) -> Refused:
    return Refused(Diagnostic("ACE008", message))
