"""Every limit of the toolchain, in one place, with its reason.

Crossing a limit is always a refusal with a code, never a slow-down or a crash.
"""

from __future__ import annotations

# Source text.
MAX_SOURCE_BYTES = 16 << 20  # a rule set of 100,000 written-out filters is about 10 MB
MAX_TEMPLATE_SOURCE_BYTES = 1 << 20  # one .udf file: twenty times the largest that we have
MAX_NESTING = 64  # parentheses and blocks in source text, `if` and `for` in IR text: keeps recursion shallow

# IR, text or binary, as downloaded.
MAX_IR_BYTES = 16 << 20
MAX_INSTRUCTIONS = 200_000  # in one function, all bodies together
MAX_REGIONS = 16
MAX_PARAMETERS = 16
MAX_TABLES = 4096
MAX_TABLE_ENTRIES = 1 << 20
MAX_RESULTS = 8
MAX_EMIT_WORDS = 16  # numbers in an emitted tuple: what a template passes on is among them
MAX_NAME_LENGTH = 80  # as XN's type names
MAX_LOOP_COUNT = 1 << 24  # iterations of one `for`
MAX_REGION_BYTES = 1 << 32  # so that offsets and their sums stay far below 2**64
MAX_EMITS = 1 << 20  # tuples one call may emit

# The prover.
Z3_SEED = 0
Z3_RLIMIT = 20_000_000  # resource units for one query: a count, the same on every machine, about two seconds
Z3_TOTAL_RLIMIT = 60_000_000  # for all queries about one function
Z3_TEMPLATE_RLIMIT = 600_000_000  # for all theorems about one template; the shipped ones need a twentieth
MAX_QUERIES = 1000  # about one function: each costs at least 15 milliseconds
MAX_UNROLLED = 20_000  # instructions after unrolling for z3; larger loops are judged by their invariant alone

# Messages.
MAX_MESSAGE_BYTES = 1 << 24  # larger captured packets are refused by the capture readers

# The validator.
MAX_CODE_BYTES = 1 << 20  # of one function
MAX_STACK_BYTES = 512  # below the return address, so that a kernel stack of known size is enough
MAX_VALIDATION_STEPS = 400_000  # instructions executed abstractly, loops several times: about a minute
MAX_VALIDATION_QUERIES = 64  # questions to z3 about one function

# Templates, as downloaded.
MAX_FORM_BYTES = 16 << 20  # of one set: the shipped ones have some tens of kilobytes
MAX_TEMPLATES = 256  # in one set: C-FFS, the richest, has twelve
MAX_DECLARATIONS = 4096  # of one sort in one template: kinds, extents, names for bytes, methods, requires
MAX_EXTENTS = 64  # in one declaration of a template that is installed: pairs of them are compared
MAX_KINDS = 256  # of a template that is installed
MAX_METHODS = 256
MAX_SET_INSTRUCTIONS = 50_000  # of all functions of a set of templates: seven times the largest
MAX_TEMPLATE_INSTRUCTIONS = 5_000  # of one function of a template, loops counted once: four times the largest
MAX_TUPLES = 128  # that one run of a function emits, for the prover: pairs of them are compared
MAX_NESTED_PARTS = 256  # of one object, in parts of parts: each is a run of its own for the prover
MAX_METHOD_UNROLLED = 4_000  # instructions of loops in a method, and in what partitions own, to be proved
MAX_PARTITIONS = 1 << 20  # of one object, and 8 for each of its bytes: asked about as a whole
MAX_LISTED = 64  # partitions that one method lists, to be proved
MAX_TEXT_BYTES = 4096  # of a name for bytes, or of a condition that is shown when it fails

# Disk images.
MAX_UNPACKED_BYTES = 1 << 36  # of a packed image: a disk of 64 GB, most of it holes
MAX_IMAGE_ROWS = 1 << 25  # objects, and extents, of one walk: some gigabytes of memory
MIN_IMAGE_ROWS = 1 << 20  # a smaller image may have so many; a larger one, one for every two bytes

# Handlers and predicates, as downloaded.
HANDLER_BUDGET = 1 << 16  # instructions of one run: a copy of 4 KB through a few pipes is a fifth of it
MAX_HANDLER_BUDGET = 1 << 24  # what a kernel may grant at most: it is busy for some milliseconds then
MAX_HANDLER_MEMORY = 1 << 24  # bytes of an owner's memory that one handler may touch
MAX_HANDLER_CHECKS = 1024  # places where one handler may give up
MAX_LAYERS = 16  # of one composed handler
MAX_EFFECTS = 256  # pieces to send, and wake-ups, of one run
MAX_UNDO_ENTRIES = 1 << 17  # stores of one run that may have to be undone: two megabytes of log
MAX_TERMS = 256  # of one predicate: Xok had room for 4096 bytes of code
MAX_PREDICATE_PAGES = 128  # as in Xok
