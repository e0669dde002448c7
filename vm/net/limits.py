"""Every limit of the network, in one file (the kernel's other limits are in `vm.xok.limits`).

In: nothing. Out: numbers. Marks: [X] as in the released Xok; [ours] chosen here.
"""

from __future__ import annotations

from vm.machine import costs

# ---- filters, as downloaded
FORM_BYTES = 1 << 14  # [ours] of a filter's download form
FORM_NODES = 1024  # [ours] of a formula; DPF took 256 atoms
FORM_SIZE = 8192  # [ours] of a formula written out, where what is shared stands several times
FORM_DEPTH = 48  # [ours] nodes inside each other
FORM_INTERVALS = 256  # [ours] of one set of values
CHAIN_STEPS = 16  # [ours] headers that one walk steps over
LONGEST_OFFSET = 8 * 65_535  # [ours] bits
LARGEST_PRIORITY = 1 << 30  # [ours]

# ---- filters, in the kernel
FILTERS = 1 << 16  # [ours] at one time, all environments together; DPF had 256
FILTER_NUMBERS = 1 << 24  # [ours] ever: a number is not used again
RIVALS = 64  # [ours] filters of others that are compared with a new one by proof

# ---- fragments
FOLLOWERS = 64  # [ours] different ways to recognise later fragments: each is asked for each frame
STATES = 64  # [ours] datagrams that one filter remembers; the oldest is forgotten
STATE_CYCLES = 30 * costs.CYCLES_PER_SECOND  # [ours] for how long: RFC 791 suggests 15 s, BSD took 30
HELD = 32  # [ours] frames that one filter may have held back
HELD_CYCLES = costs.CYCLES_PER_SECOND  # [ours] for how long: fragments that overtook the first

# ---- rings and handlers
RING_PAGES = 64  # [ours] of one ring
SMALLEST_SLOT = 32  # [ours] bytes of a ring's slot, its header included
REGION_PAGES = 64  # [ours] that one handler may touch
PREDICATES = 64  # [ours] compiled ones that the kernel keeps for who asks the same again
LONGEST_FRAME = 65_535  # bytes: what `runtime.limits.MAX_MESSAGE_BYTES` allows a classifier
