"""`--save-counterexample FILE`: the message that shows why a filter was refused, as a capture of one packet.

In: a refusal. Out: a classic pcap file that any tool reads, also `dpfc run` and tcpdump.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from dpfc.merge.loads import MESSAGE
from runtime import limits
from runtime.diagnostic import Refused
from runtime.pipeline import Disproved


def save_counterexample(path: Path | None, refused: Refused, link_type: int) -> None:
    """Write the first counterexample's message to `path`, or say that the refusal has none."""
    if path is None:
        return
    if not isinstance(refused, Disproved) or not refused.judgement.counterexamples:
        print(f"dpfc: this refusal has no counterexample; {path} is not written", file=sys.stderr)
        return
    message = dict(refused.judgement.counterexamples[0].regions).get(MESSAGE, b"")
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, limits.MAX_MESSAGE_BYTES, link_type)
    path.write_bytes(header + struct.pack("<IIII", 0, 0, len(message), len(message)) + message)
    print(f"dpfc: the counterexample is in {path}", file=sys.stderr)
