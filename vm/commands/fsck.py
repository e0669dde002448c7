"""`xok fsck`: recover an image, and check what is in it.

In: an image. Out: what the kernel's recovery finds when it walks from the roots, and what each file system
finds in its own metadata. Exit status 1 if there is anything; with `--repair`, if something is left. Without
`--repair` nothing is written.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass, field

from runtime.command.arguments import add_format
from runtime.command.edge import Impossible
from runtime.command.exit import DONE, REFUSED
from vm.commands.filesystem import mount_files
from vm.commands.image import Disk, add_image_options, open_disk
from vm.commands.show import show_name
from vm.xok.refusal import Refusal


@dataclass(slots=True)
class _Report:
    """What is known of an image; findings are sentences.

    Args:
        clean: it was shut down.
        reached, metadata, free: numbers of blocks.
        kernel: what recovery could not trust.
        quarantined: blocks of it.
        files: findings by file system.
        repaired: what was put right, by file system.
    """

    image: str
    clean: bool
    reached: int
    metadata: int
    free: int
    kernel: list[str]
    quarantined: int
    files: dict[str, list[str]] = field(default_factory=dict)
    repaired: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Nothing was found."""
        return not self.kernel and not any(self.files.values())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("image", metavar="IMAGE", help="a disk image")
    parser.add_argument(
        "--repair", action="store_true", help="let the file systems put right what they can, and shut down"
    )
    add_image_options(parser)
    add_format(parser)
    parser.epilog = """\
exit status: 0 nothing found; 1 findings

examples:
  xok fsck disk.img
  xok fsck disk.img --repair
"""


def run(options: argparse.Namespace) -> int:
    """Walk from the roots, ask the libraries, report."""
    with open_disk(options.image, options, changes=options.repair, always_recover=True) as disk:
        report = _check(disk, options)
    if options.format == "json":
        print(json.dumps(asdict(report), indent=2))
    else:
        _print(report)
    return DONE if report.is_sound else REFUSED


def _check(disk: Disk, options: argparse.Namespace) -> _Report:
    found = disk.session.recovery
    report = _Report(
        disk.name,
        disk.session.storage.super.clean,
        found.reached,
        found.metadata,
        disk.session.storage.free_map.free,
        list(found.findings),
        len(found.quarantined),
    )
    for root in sorted(disk.system.xn_roots(), key=lambda each: each.name):
        if options.name in (None, root.name):
            _check_files(disk, root.name, options.repair, report)
    if options.repair:
        disk.system.xn_shutdown()
    return report


def _check_files(disk: Disk, name: str, repair: bool, report: _Report) -> None:
    """Ask the library of one file system."""
    try:
        files = mount_files(disk.name, disk.system, name)
        if repair:
            report.repaired[name] = files.repair()
            files.sync()
        report.files[name] = files.check()
        files.unmount()
    except (OSError, Refusal, Impossible) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        report.files.setdefault(name, []).append(f"cannot be looked at: {reason}")


def _print(report: _Report) -> None:
    for finding in report.kernel:
        print(f"kernel: {show_name(finding)}")
    for name, repairs in report.repaired.items():
        for repair in repairs:
            print(f"{show_name(name)}: repaired: {show_name(repair)}")
    for name, findings in report.files.items():
        for finding in findings:
            print(f"{show_name(name)}: {show_name(finding)}")
    state = "shut down" if report.clean else "not shut down, recovered"
    counts = f"{report.reached:,} blocks in use, {report.metadata:,} of them metadata, {report.free:,} free"
    number = len(report.kernel) + sum(map(len, report.files.values()))
    what = f"{number:,} finding{'s' * (number > 1)}" if number else "nothing found"
    print(f"{show_name(report.image)}: {state}; {counts}: {what}")
