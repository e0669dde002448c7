"""Every cost of the emulated machine in cycles, in one file, each with its source.

In: nothing. Out: numbers. The machine is that of the SOSP 1997 measurements: a 200 MHz Pentium Pro with
64 MB. What a disk costs follows from its drive's parameter files; only what they are silent on is here.

Marks: [EXO97] Kaashoek et al., SOSP 1997; [derived] from figures of it, as the comment says; [trace] from
measured disk traces; [estimate] from what a Pentium Pro does, to be read as plus or minus a half.
"""

from __future__ import annotations

CYCLES_PER_SECOND = 200_000_000
CYCLES_PER_MILLISECOND = CYCLES_PER_SECOND // 1000
CYCLES_PER_MICROSECOND = CYCLES_PER_SECOND // 1_000_000

# ---- crossing into the kernel and between environments
SYSTEM_CALL = 270  # [EXO97] a trap, dispatch and return: OpenBSD's getpid takes 270 cycles
LIBRARY_CALL = 100  # [EXO97] the same call answered by the library in its own address space
CONTEXT_SWITCH = 1_200  # [derived] a byte through a shared-memory pipe takes 13 us, one switch and two calls
UPCALL = 400  # [estimate] save the interrupted registers in the u-area, enter at a library's entry point
PREDICATE_TERM = 8  # [estimate] a compiled comparison of a wakeup predicate: load, compare, branch
TICK = CYCLES_PER_SECOND // 1000  # [estimate] of the scheduler's clock; a quantum has 8 (ORIGINALS 5.3)

# ---- memory
COPY_KILOBYTE = 1_710  # [derived] pipes: 8 KB in and out take 137 us longer than a byte, so 120 MB/s
PAGE_ZERO = 5_120  # [estimate] 4096 bytes at the 160 MB/s of storing without loading
PAGE_TABLE_CHANGE = 60  # [estimate] one entry, and its line of the TLB

# ---- storage in the kernel
REGISTRY_LOOKUP = 40  # [estimate] a hash and one cache miss
UDF_CALL = 30  # [estimate] into compiled code, registers set up, and back
UDF_INSTRUCTION = 1  # [estimate] compiled UDFs hit the cache and retire one instruction per cycle
EXTENT_COMPARE = 10  # [estimate] per tuple when owns-before and owns-after are compared
DEPENDENCY_VISIT = 30  # [estimate] one node of the graph that the order of writes makes
DISK_START = 3_000  # [estimate] SCSI command, scatter list, start of the NCR815's script: 15 us
DISK_INTERRUPT = 2_000  # [estimate] interrupt, status, completion: 10 us
SCSI_SECTOR = 10_240  # [EXO97] 512 bytes at the 10 MB/s of the NCR815's Fast SCSI: the bus of this machine

# ---- the disk drive, where its parameter files are silent (docs/disk-model.md)
DRIVE_RESTART = 140_000  # [trace] 0.7 ms from a command to a head that reads or writes on the same track
DRIVE_WRITE_START = 8  # [trace] sectors in the buffer before the head starts to write

# ---- the network: a 10 Mb/s Ethernet as in the ASH measurements, on this machine's processor
# [ASH96] Wallach, Engler and Kaashoek, SIGCOMM 1996: 40 MHz DECstations; [DPF96] SIGCOMM 1996
LINK_RATE = 10_000_000  # [ASH96] bits per second of the Ethernet
LINK_LATENCY = 1_000  # [estimate] 5 us: card, cable, card
SHORTEST_FRAME = 60  # [IEEE 802.3] bytes without the check sequence; shorter frames are padded
FRAME_OVERHEAD = 24  # [IEEE 802.3] preamble 8, check sequence 4, gap 12
NET_INTERRUPT = 1_500  # [estimate] interrupt, status, the frame's buffer, return: 7.5 us
NET_START = 600  # [estimate] a frame's descriptor, and the card told: 3 us
DEMULTIPLEX = 300  # [DPF96] 1.5 us for a TCP/IP filter among ten, on a 25 MHz DECstation 5000/200
HANDLER_CALL = (
    100  # [estimate] the owner's segments loaded, into its code, and back; no page table is changed
)
HANDLER_INSTRUCTION = 1  # [estimate] as UDF_INSTRUCTION
HANDLER_EFFECT = 60  # [estimate] one message to send or number to wake with, looked at
RING_ENTRY = 60  # [estimate] ownership word asked, header written, tail moved
HANDLER_PROOF = 20_000_000  # [estimate] a download proved, compiled and validated: 100 ms
PREDICATE_COMPILE = 4_000  # [estimate] a few dozen terms translated on the fly, pages looked up: 20 us
FILTER_INSERT = 44_000  # [DPF96] 220 us in the worst case, on a slower machine


def copy_cycles(count: int) -> int:
    """Return what copying `count` bytes takes."""
    return count * COPY_KILOBYTE >> 10
