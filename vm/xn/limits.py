"""Every limit of the storage layer, in one place."""

from __future__ import annotations

BLOCK = 4096
"""Bytes of a block: the unit of allocation, of the registry, and of a page."""

SECTOR = 512
"""Bytes that the disk writes whole or not at all."""

MAX_BLOCKS = 1 << 32
ROOT_BLOCKS = 4
TYPE_BLOCKS = 4
MAX_TYPE_SETS = 128
MAX_FORM_BYTES = 16 << 20  # of a set of types
MAX_FINDINGS = 1000  # of one recovery: then the rest of the disk is not trusted either
MAX_BLOCK_FINDINGS = 16  # about what one object owns: then nothing that it says is looked at
MAX_NAME_BYTES = 80  # of a root or of a set of types, as in the released XN
MAX_TRANSFER_BLOCKS = 32  # of one request to the disk: 128 KB
MAX_WIDE_KEPT = 256  # places and arguments of a type for which its wide partitions are remembered
MAX_PATH = 8  # parts in parts
MAX_WRITES = 256  # pieces of one modification
MAX_VISITED = 128  # blocks that a check for circles of dependencies looks at, as in the released XN
MAX_PARTITIONS = BLOCK  # of one object: one for each of its bytes
MAX_EFFORT = 1 << 20  # instructions of asking one object and its parts what they own
MAX_LOOKED = 1 << 17  # kids among which such a check looks for those that hinder
MAX_OWNED = MAX_EFFORT  # tuples that one block may own, its parts included: never more
MAX_UNFLUSHED = 4096  # blocks in the drive's cache only: then the kernel flushes it by itself
MAX_BLOCKS_IN_CALL = 4096  # that one call reads or writes
MAX_GRANTED = 256  # answers of `acl` functions that are remembered for one block
