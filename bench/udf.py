"""`make bench-udf`, first part: what an indirect block owns. The table here, JSON in bench/results/udf.json.

Walking whole images is `bench.walk_image`.
"""

from __future__ import annotations

import sys

from bench.timing import pin_to_one_core, print_results, write_results
from bench.udf_owns import TITLE, measure


def main() -> int:
    """Measure, print and keep; 1 if a goal is not met."""
    pin_to_one_core()
    results = measure()
    print_results(TITLE, results)
    write_results("udf", results)
    return int(any(result.met is False for result in results))


if __name__ == "__main__":
    sys.exit(main())
