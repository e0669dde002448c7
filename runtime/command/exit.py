"""The exit statuses of the commands (DESIGN.md section 9)."""

from __future__ import annotations

DONE = 0
REFUSED = 1
IMPOSSIBLE = 2
INTERNAL = 70
INTERRUPTED = 130
