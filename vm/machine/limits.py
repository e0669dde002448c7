"""Every limit of the emulated machine, with its reason. Crossing one is a refusal with a code."""

from __future__ import annotations

# Parameter files of drives: text that somebody sent us.
MAX_FILE_BYTES = 1 << 20  # the largest that we have seen has 7 KB
MAX_NESTING = 16  # lists and blocks inside each other; a drive has 5
MAX_NUMBER_CHARACTERS = 40

# Drives.
MAX_ZONES = 1024
MAX_SURFACES = 256
MAX_CYLINDERS = 1 << 20
MAX_SECTORS_PER_TRACK = 1 << 16
MAX_BLOCKS = 1 << 40
MAX_SPANS = 1 << 17  # stretches of blocks between two interruptions; the measured drives have some hundred
MAX_SLIPS = 1 << 16  # in one zone
MAX_SEGMENTS = 1024  # of a drive's buffer; searched one by one
MAX_SEGMENT_SECTORS = 1 << 16  # 32 MB: what is read ahead while nobody looks is computed at once
MAX_MILLISECONDS = 1_000_000.0  # of any single delay
MAX_ROTATIONS_PER_MINUTE = 1_000_000.0
