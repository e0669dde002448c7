"""`python -m udfc` is the command `udfc`."""

from __future__ import annotations

import sys

from udfc.cli import main

if __name__ == "__main__":
    sys.exit(main())
