"""Every limit of the toolchain, in one place, with its reason.

Crossing a limit is always a refusal with a code, never a slow-down or a crash.
"""

from __future__ import annotations

# Source text.
MAX_SOURCE_BYTES = 16 << 20  # a rule set of 100,000 written-out filters is about 10 MB
MAX_NESTING = 64  # parentheses and blocks in source text, `if` and `for` in IR text: keeps recursion shallow

# IR, text or binary, as downloaded.
MAX_IR_BYTES = 16 << 20
MAX_INSTRUCTIONS = 200_000  # in one function, all bodies together
MAX_REGIONS = 16
MAX_PARAMETERS = 16
MAX_TABLES = 4096
MAX_TABLE_ENTRIES = 1 << 20
MAX_RESULTS = 8
MAX_NAME_LENGTH = 80  # as XN's type names
MAX_LOOP_COUNT = 1 << 24  # iterations of one `for`
MAX_REGION_BYTES = 1 << 32  # so that offsets and their sums stay far below 2**64
MAX_EMITS = 1 << 20  # tuples one call may emit

# The prover.
Z3_SEED = 0
Z3_RLIMIT = 20_000_000  # resource units for one query: a count, the same on every machine, about two seconds
Z3_TOTAL_RLIMIT = 60_000_000  # for all queries about one function
MAX_QUERIES = 1000  # about one function: each costs at least 15 milliseconds
MAX_UNROLLED = 20_000  # instructions after unrolling for z3; larger loops are judged by their invariant alone

# Messages.
MAX_MESSAGE_BYTES = 1 << 24  # larger captured packets are refused by the capture readers

# The validator.
MAX_CODE_BYTES = 1 << 20  # of one function
MAX_STACK_BYTES = 512  # below the return address, so that a kernel stack of known size is enough
MAX_VALIDATION_STEPS = 400_000  # instructions executed abstractly, loops several times: about a minute
MAX_VALIDATION_QUERIES = 64  # questions to z3 about one function
