"""Every diagnostic of the DPF compiler: what it means, and a program that gets it."""

from __future__ import annotations

from dpfc.codes_meaning import MEANING_CODES
from dpfc.codes_merge import MERGE_CODES
from dpfc.codes_text import TEXT_CODES
from runtime.diagnostic import CodeEntry

CODES: tuple[CodeEntry, ...] = (*TEXT_CODES, *MEANING_CODES, *MERGE_CODES)
