"""`python -m dpfc` is the command `dpfc`."""

from __future__ import annotations

import sys

from dpfc.cli import main

if __name__ == "__main__":
    sys.exit(main())
