"""The diagnostics of the IR package: IR0xx for text, IR1xx for structure, IR2xx for the binary form."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry
from runtime.ir.codes_binary import BINARY_CODES
from runtime.ir.codes_text import TEXT_CODES
from runtime.ir.codes_verify import VERIFY_CODES

CODES: tuple[CodeEntry, ...] = (*TEXT_CODES, *VERIFY_CODES, *BINARY_CODES)
