"""Debian's tools, which the tests ask for a second opinion.

In: names of programs. Out: their output; where they are missing, a skipped test that says so.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

import pytest


def need(*programs: str) -> pytest.MarkDecorator:
    """Return a mark that skips where a program is missing."""
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def run_tool(command: list[str], content: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
    """Return what a program that must not fail prints."""
    done = subprocess.run(command, input=content, check=False, capture_output=True, env=env)
    assert done.returncode == 0, f"{command}: {done.stderr!r}"
    return done.stdout
