"""`python -m ashc`."""

from __future__ import annotations

import sys

from ashc.cli import main

if __name__ == "__main__":
    sys.exit(main())
