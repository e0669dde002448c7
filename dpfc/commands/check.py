"""`dpfc check`: prove programs, say what is wrong with them.

In: DPF files, or IR in text (.ir) or binary form (.xir), which is judged as a downloaded packet filter. Out:
a line for each file, diagnostics on standard error.

An acceptance is kept, by a digest of everything that it depends on: then this command needs neither the
compiler nor the prover, and takes little longer than Python itself. Refusals are computed again.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from functools import partial

from runtime.command.files import digest_toolchain, find_cache, read_bytes
from runtime.command.findings import Finding, check_files, read_finding, write_finding
from runtime.diagnostic import Refused
from runtime.store import read_entry, write_entry


def run(options: argparse.Namespace) -> int:
    """Check each file; the exit status is the worst of them."""
    find, save = partial(_find, options), partial(_save_counterexample, options)
    return check_files("dpfc", options.files, find, save, options.format == "json")


def _find(options: argparse.Namespace, name: str) -> Finding:
    """Return the finding of an earlier run, or check the file and keep the finding if it is accepted."""
    data = read_bytes(name)
    instances = tuple((filter_name, read_bytes(path)) for filter_name, path in options.instances)
    cache = find_cache(options)
    key = _make_key(name, data, instances, options)
    known = None if cache is None else read_entry(cache, key)
    if known is not None:
        return read_finding(known)
    from dpfc.commands.judge import judge_file  # loads the compiler

    finding = judge_file(name, data, options, cache)
    if cache is not None:
        write_entry(cache, key, write_finding(finding))
    return finding


def _make_key(
    name: str, data: bytes, instances: tuple[tuple[str, bytes], ...], options: argparse.Namespace
) -> str:
    parts = ("check", digest_toolchain(), name, options.mode, options.link_type, data, instances)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _save_counterexample(options: argparse.Namespace, refused: Refused) -> bool:
    """Save it where the options say; when that place cannot be written, say so and return False."""
    if options.save_counterexample is None:
        return True
    from dpfc.commands.counterexample import save_counterexample  # loads the compiler

    try:
        save_counterexample(options.save_counterexample, refused, options.link_type)
    except OSError as error:
        print(f"dpfc: {options.save_counterexample}: {error.strerror or error}", file=sys.stderr)
        return False
    return True
