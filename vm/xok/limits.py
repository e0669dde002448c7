"""Every limit of the kernel, in one file (XN's own are in `vm.xn.limits`).

In: nothing. Out: numbers. A limit that is reached is a refusal with a name, never a panic, and never somebody
else's trouble: what an environment can use up is charged to it (`vm.xok.account`).

Marks: [X] as in the released Xok, [EXO95] Engler et al., SOSP 1995; [ours] chosen here.
"""

from __future__ import annotations

# ---- environments
ENVIRONMENTS = 1024  # [X] alive at one time, the kernel's own (number 0) among them
GENERATIONS = 16  # [ours] of environments that create environments: bounds what charging one page costs
AREA_WORDS = 64  # [ours] of 64 bits in a u-area, for the library; words with names follow them
FAILURES = 64  # [ours] how many ends of environments the kernel remembers

# ---- capabilities
CAPABILITIES = 19  # [X] slots of an environment
NAME_BYTES = 7  # [X] of a capability's name
ACL_ENTRIES = 8  # [X] of an access list

# ---- memory
GUARANTEED_PAGES = 8  # [EXO95] 5 to 10 that nobody takes from an environment
RESERVE_SHARE = 32  # [ours] fewer than this part of all pages free: the kernel asks for some back
REVOCATION_MOST = 32  # [ours] pages asked for at a time
REVOCATION_TICKS = 16  # [ours] until pages that were asked for are taken: two quanta
REPOSSESSED = 256  # [ours] entries of a repossession vector that are remembered
LARGEST_COPY = 4096  # [ours] bytes that one call copies into or out of a region

# ---- time
QUANTA = 128  # [X] slots of the quantum vector; number 0 is the kernel's: idling
QUANTUM_TICKS = 8  # [X] given to a quantum each time that its turn comes
MOST_TICKS = 15  # [X] that a quantum can save up
ABORT_TICKS = 330  # [X] within which an environment that was told to yield has to
LONGEST_COMPUTE = 1 << 36  # [ours] cycles in one call: six minutes
LATEST_TIME = 1 << 63  # [ours] cycles: 1,462 years

# ---- control
PREDICATE_TERMS = 128  # [X] pages of a predicate; we count comparisons
LARGEST_TAG = (1 << 32) - 1  # [X] tags have 32 bits; 0 would never wake
DONATIONS = 8  # [ours] synchronous calls that wait for each other, along which time is handed on
REGISTER_ARGUMENTS = 5  # [X] of a protected control transfer
COPIED_WORDS = 16  # [X] that it can have copied besides
