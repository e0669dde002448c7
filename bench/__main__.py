"""Runs every benchmark and prints one table: what was measured, its goal, and whether it is met."""

from __future__ import annotations

from bench import check, classify, startup
from bench.timing import describe_machine, pin_to_one_core, print_results, write_results


def main() -> None:
    """Run all, and keep the numbers in `bench/results/download_path.json`."""
    pin_to_one_core()
    print(", ".join(f"{name}: {value}" for name, value in describe_machine().items()))
    results = (*startup.measure(), *check.measure(), *classify.measure())
    print_results("the download path", results)
    write_results("download_path", results)
    missed = [result.name for result in results if result.met is False]
    print(f"\n{len(missed)} of {sum(result.goal is not None for result in results)} goals are not met")


if __name__ == "__main__":
    main()
