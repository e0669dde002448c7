"""The loops that run a loaded filter over many messages: hand-written machine code, trusted.

A loop stands on the same pages as the filter, right in front of it: a direct call is the fastest.

Each loop is given one pointer in rdi, to a job: a struct of u64 fields. It goes on until all messages are
done, or stops at one that is not inside the data, is longer than the filter accepts, or (for filters that
emit) might not have room for its ids. It returns how many messages are done.

           0 how many messages must be left for a prefetch
           8 base         16 total_bytes
          24 offsets     32 offset_stride    40 lengths    48 length_stride    (offsets are u64, lengths u32)
          56 count       64 results or counts (u32)    72 tables    80 maximum
    only where the filter emits:    88 ids (u32)    96 room (in ids, counted down)    104 emit_limit
         112 offset_mask (which bits of the eight bytes read are the offset)    120 eight times offset_stride

The bytes are read from the listings; a test assembles the listings again and compares.
"""

from __future__ import annotations

FILTER_LISTING = """
    53               push rbx
    55               push rbp
    41 54            push r12
    41 55            push r13
    41 56            push r14
    41 57            push r15
    48 83 ec 08      sub rsp, 8               # rsp is a multiple of 16 at the call
    48 89 fb         mov rbx, rdi             # the job
    4c 8b 63 18      mov r12, [rbx+24]        # where the next offset is
    4c 8b 6b 28      mov r13, [rbx+40]        # where the next length is
    4c 8b 73 40      mov r14, [rbx+64]        # where the next result goes
    4c 8b 7b 38      mov r15, [rbx+56]        # messages left
    48 8b 6b 08      mov rbp, [rbx+8]         # the data
    4d 85 ff         test r15, r15
    74 58            jz stop
again:
    4c 3b 3b         cmp r15, [rbx]           # eight messages further on there is one, and it is worth it
    76 11            jbe ready
    48 8b 4b 78      mov rcx, [rbx+120]
    49 8b 04 0c      mov rax, [r12+rcx]       # whose offset it is
    48 23 43 70      and rax, [rbx+112]
    0f 18 4c 05 18   prefetcht0 [rbp+rax+24]  # wherever that is, a prefetch cannot fault
ready:
    49 8b 04 24      mov rax, [r12]           # offset
    48 23 43 70      and rax, [rbx+112]       # which may have fewer bytes than a u64
    41 8b 75 00      mov esi, [r13]           # length, the second argument
    48 8b 4b 10      mov rcx, [rbx+16]        # total_bytes - offset
    48 29 c1         sub rcx, rax
    72 2d            jb stop
    48 39 f1         cmp rcx, rsi             # is at least the length
    72 28            jb stop
    48 3b 73 50      cmp rsi, [rbx+80]        # length at most the region's maximum
    77 22            ja stop
    48 8d 7c 05 00   lea rdi, [rbp+rax]       # the message, the first argument
    48 8b 53 48      mov rdx, [rbx+72]        # the tables, the third
    e8 52 00 00 00   call function            # which stands behind this loop
    41 89 06         mov [r14], eax           # the filter that accepts
    4c 03 63 20      add r12, [rbx+32]
    4c 03 6b 30      add r13, [rbx+48]
    49 83 c6 04      add r14, 4
    49 ff cf         dec r15
    75 a8            jnz again
stop:
    48 8b 43 38      mov rax, [rbx+56]        # count - messages left
    4c 29 f8         sub rax, r15
    48 83 c4 08      add rsp, 8
    41 5f            pop r15
    41 5e            pop r14
    41 5d            pop r13
    41 5c            pop r12
    5d               pop rbp
    5b               pop rbx
    c3               ret
"""
"""results[i] = function(base + offset, length, tables)."""

EMITTING_LISTING = """
    53               push rbx
    55               push rbp
    41 54            push r12
    41 55            push r13
    41 56            push r14
    41 57            push r15
    48 83 ec 08      sub rsp, 8               # rsp is a multiple of 16 at the call
    48 89 fb         mov rbx, rdi             # the job
    4c 8b 63 18      mov r12, [rbx+24]        # where the next offset is
    4c 8b 6b 28      mov r13, [rbx+40]        # where the next length is
    4c 8b 73 40      mov r14, [rbx+64]        # where the next result goes
    4c 8b 7b 38      mov r15, [rbx+56]        # messages left
    48 8b 6b 58      mov rbp, [rbx+88]        # where the next id goes
    4d 85 ff         test r15, r15
    0f 84 80 00 00 00jz stop
again:
    4c 3b 3b         cmp r15, [rbx]           # eight messages further on there is one, and it is worth it
    76 14            jbe ready
    48 8b 4b 78      mov rcx, [rbx+120]
    49 8b 04 0c      mov rax, [r12+rcx]       # whose offset it is
    48 23 43 70      and rax, [rbx+112]
    48 03 43 08      add rax, [rbx+8]
    0f 18 48 18      prefetcht0 [rax+24]      # wherever that is, a prefetch cannot fault
ready:
    49 8b 04 24      mov rax, [r12]           # offset
    48 23 43 70      and rax, [rbx+112]       # which may have fewer bytes than a u64
    41 8b 75 00      mov esi, [r13]           # length, the second argument
    48 8b 4b 10      mov rcx, [rbx+16]        # total_bytes - offset
    48 29 c1         sub rcx, rax
    72 52            jb stop
    48 39 f1         cmp rcx, rsi             # is at least the length
    72 4d            jb stop
    48 3b 73 50      cmp rsi, [rbx+80]        # length at most the region's maximum
    77 47            ja stop
    48 8b 4b 60      mov rcx, [rbx+96]        # room for emit_limit ids
    48 3b 4b 68      cmp rcx, [rbx+104]
    72 3d            jb stop
    48 8b 7b 08      mov rdi, [rbx+8]         # the message, the first argument
    48 01 c7         add rdi, rax
    48 89 e9         mov rcx, rbp             # the ids, the fourth argument
    48 8b 53 48      mov rdx, [rbx+72]        # the tables, the third
    48 85 d2         test rdx, rdx
    48 0f 44 d5      cmovz rdx, rbp           # no tables: the ids are the third argument
    e8 75 00 00 00   call function            # which stands behind this loop
    48 3b 43 68      cmp rax, [rbx+104]       # more than emit_limit: an internal error
    77 1d            ja stop
    41 89 06         mov [r14], eax           # how many filters accept
    48 8d 6c 85 00   lea rbp, [rbp+rax*4]
    48 29 43 60      sub [rbx+96], rax
    4c 03 63 20      add r12, [rbx+32]
    4c 03 6b 30      add r13, [rbx+48]
    49 83 c6 04      add r14, 4
    49 ff cf         dec r15
    75 80            jnz again
stop:
    48 8b 43 38      mov rax, [rbx+56]        # count - messages left
    4c 29 f8         sub rax, r15
    48 83 c4 08      add rsp, 8
    41 5f            pop r15
    41 5e            pop r14
    41 5d            pop r13
    41 5c            pop r12
    5d               pop rbp
    5b               pop rbx
    c3               ret
"""
"""counts[i] = function(base + offset, length, tables, ids), or function(base + offset, length, ids)."""


def read_listing(listing: str) -> bytes:
    """Return the bytes of a listing: the hexadecimal column of every line that is not a label."""
    return b"".join(bytes.fromhex(line[4:21]) for line in listing.splitlines() if line.startswith("    "))


def place_loop(listing: str) -> bytes:
    """Return the bytes of a loop, filled up to a cache line: the function that it calls comes behind."""
    code = read_listing(listing)
    return code + _BREAKPOINT * (-len(code) % _CACHE_LINE)


_BREAKPOINT = b"\xcc"
_CACHE_LINE = 64
