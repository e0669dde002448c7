"""The numbers of the download form, shared by its writer and its reader; `download.form` draws it.

A position in a table is the number in the file, so entries may be appended but never moved.
"""

from __future__ import annotations

from typing import get_args

from runtime.template.nodes import Mode

MAGIC = b"XUT1"
VERSION = 1

CONSTANT, STICKY, ROOT = 1, 2, 4
"""The flags of a template."""

MODES: tuple[Mode, ...] = get_args(Mode)

OPTIONAL = ("blocks", "identity", "shared", "used", "marks", "names", "acl", "size")
"""The functions that a template may have, by the names of its fields."""
