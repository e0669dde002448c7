"""The download form of filters: what a library hands to the kernel.

In: a filter, or bytes from anybody. Out: bytes; or a filter that is well formed, or a refusal: IR202 to
IR206, or NET001 to NET004. What a filter does is still to be proved: that its arithmetic cannot wrap, say.

    file      = "XNF1", list of node, number (formula: a node), number (priority), follow
    follow    = 0 | 1, number (first: a node), number (later: a node), list of number (key: nodes)
    list of x = number (how many), x ...
    number    = unsigned LEB128, no longer than needed, below 2**64
    node      = byte, then, where `ref` is the number of an earlier node:
         0 Start     1 Here     2 Captured     3 Number: number
         4 Shift: ref base, ref amount         5 Field: ref base, number offset, number bits, byte little
         6 Chain: ref start, ref key, number limit, list of (values keys, ref when, ref next_key, ref skip)
         7 ChainEnd: ref chain                 8 ChainKey: ref chain
         9 Arithmetic: byte, ref, ref         10 Comparing: byte, ref, ref
        11 Test: ref subject, values          12 And: list of ref     13 Or: list of ref     14 Not: ref
    values    = list of (number gap, number width): low is gap after the high before it, high is low + width

A node that is used twice stands once, yet counts as often as it is used: `FORM_SIZE` is about the formula
written out, which is what the kernel's work depends on.
"""

from __future__ import annotations

from runtime.diagnostic import Diagnostic, Refused
from vm.net.download import Download
from vm.net.form_reader import FormReader
from vm.net.form_writer import FormWriter
from vm.net.limits import FORM_BYTES

MAGIC = b"XNF1"


def encode_filter(download: Download) -> bytes:
    """Return the download form of a filter that is well formed."""
    return MAGIC + FormWriter().filter(download)


def decode_filter(data: bytes) -> Download:
    """Return the filter that `data` holds.

    Raises:
        Refused: IR or NET codes.
    """
    if len(data) > FORM_BYTES:
        raise Refused(Diagnostic("NET001", f"the form has {len(data)} bytes, the limit is {FORM_BYTES}"))
    if not data.startswith(MAGIC):
        raise Refused(Diagnostic("NET001", f"the form begins with {data[:4]!r}, not {MAGIC!r}"))
    return FormReader(data, len(MAGIC)).filter()
