"""The edge of a process: whatever a command does becomes an exit status and plain words.

In: what the command does, as a function. Out: an exit status.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from runtime.command.exit import DONE, IMPOSSIBLE, INTERNAL, INTERRUPTED, REFUSED
from runtime.diagnostic import Diagnostic, Refused


class Impossible(Exception):  # noqa: N818  (as `Refused`, it is an answer)
    """The job cannot be done as it was asked for.

    Args:
        message: what is wrong.
        way_out: what to write instead.
    """

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(f"{message}; {way_out}")


def run_to_status(program: str, command: Callable[[], int], unreadable: str) -> int:
    """Return the exit status of `command`.

    Args:
        program: how the messages begin.
        command: what is to be done.
        unreadable: how the codes begin which say that an input is damaged, and no program refused.
    """
    try:
        status = command()
        sys.stdout.flush()
    except Refused as refused:
        for diagnostic in refused.diagnostics:
            print(diagnostic.render(), file=sys.stderr)
        return judge_refusal(refused.diagnostics, unreadable)
    except Impossible as impossible:
        print(f"{program}: {impossible}", file=sys.stderr)
        return IMPOSSIBLE
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        print(f"{program}: {error.filename or 'input or output'}: {error.strerror or error}", file=sys.stderr)
        return IMPOSSIBLE
    except Exception as error:  # noqa: BLE001  (the edge of the process: a bug of ours is exit status 70)
        what = f"{type(error).__name__}: {error} ({_find_place(error)})"
        print(f"{program}: internal error: {what}; please report it", file=sys.stderr)
        return INTERNAL
    return status


def judge_refusal(diagnostics: tuple[Diagnostic, ...], unreadable: str) -> int:
    """Return the exit status of a refusal."""
    damaged = any(diagnostic.code.startswith(unreadable) for diagnostic in diagnostics)
    return IMPOSSIBLE if damaged else REFUSED


def open_closed_streams() -> None:
    """Give a process that was started with closed standard streams empty ones, as a full program expects."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115  (open until the process ends)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _find_place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "unknown place" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
