"""What the programs of the workloads compute, in cycles: charged to virtual time, by bytes.

In: how much a program works on. Out: cycles of the 200 MHz Pentium Pro. What reading and writing takes is
charged by the kernel and by the file systems' libraries; here is only what a program does with the bytes.

Marks as in `vm.machine.costs`: [EXO97], [derived] from figures of it, [estimate] plus or minus a half.
"""

from __future__ import annotations

COMPILE_BYTE = 1_000  # [derived] gcc takes 22 s for lcc; its archive has 1.1 MB, which is 4.4 MB of sources
COMPRESS_BYTE = 200  # [estimate] `gzip -6` reads 1 MB/s
UNCOMPRESS_BYTE = 40  # [estimate] `gunzip` writes 5 MB/s
COMPARE_BYTE = 2  # [estimate] `diff` of equal files: load two words, compare, branch
ARCHIVE_ENTRY = 4_000  # [estimate] a header of `pax`: twenty numbers as octal text, and a checksum
