"""Replay a counterexample: show the fault happening.

In: a template file and a file that `udfc check --save-counterexample` wrote. Out: what happens, in lines.
"""

from __future__ import annotations

from runtime.command.exit import DONE
from runtime.command.files import read_bytes
from runtime.template.counterexample import read_counterexample
from runtime.template.replay import replay
from udfc.commands.choose import read_templates


def replay_file(template_file: str, path: str) -> int:
    """Print what happens, whether that is forbidden or not.

    Raises:
        Refused: TPL050 if the file at `path` is no counterexample; what the templates are refused for.
        OSError: a file cannot be read.
    """
    counterexample = read_counterexample(read_bytes(path).decode("utf-8", "replace"))
    templates = read_templates(template_file)
    print(*replay(templates, counterexample), sep="\n")
    return DONE
