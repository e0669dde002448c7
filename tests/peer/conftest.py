"""Makes `bench` importable under a bare `pytest` too: it is not installed, so it is looked up last of all."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
