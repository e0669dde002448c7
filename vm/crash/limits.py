"""Every limit of the crash tester, in one place, with its reason. Crossing one is a refusal with a code."""

from __future__ import annotations

MAX_TEXT_BYTES = 1 << 20  # of one workload: ACE's have 400 bytes
MAX_PATHS = 1_000  # defined by one workload
MAX_OPERATIONS = 10_000  # of one workload: each has crash states of its own
MAX_DEPTH = 16  # directories in one path
MAX_NAME_BYTES = 120  # C-FFS's limit, the smaller one
MAX_FILE_BYTES = 4 << 20  # offset + length of one operation: the disks that are crashed have a few MB
