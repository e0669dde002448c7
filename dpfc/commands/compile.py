"""`dpfc compile`: write what a stage of the compiler made of the filters.

In: a DPF file. Out: the stage's output in a file or on standard output. Everything from `asm` on has been
proved and, as `obj`, validated.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dpfc.commands.inputs import read_program, read_rows
from dpfc.language.syntax import File
from dpfc.language.write import write_file
from dpfc.merge.dot import draw_trie
from dpfc.program import Labels, Program, build_program, compile_program
from dpfc.resolve import resolve_files
from dpfc.show import show_filters
from runtime.command.describe import print_diagnostics
from runtime.command.exit import DONE
from runtime.command.files import find_cache
from runtime.ir.binary import encode_function
from runtime.ir.printer import print_function
from runtime.pipeline import export_object


def run(options: argparse.Namespace) -> int:
    """Compile as far as needed and write the result."""
    file = read_program(options.file)
    output = write_file(file).encode() if options.emit == "ast" else _compile(options, file)
    if options.output == "-":
        sys.stdout.buffer.write(output)
    else:
        Path(options.output).write_bytes(output)
    return DONE


def _compile(options: argparse.Namespace, file: File) -> bytes:
    resolved = resolve_files((file,), options.link_type, read_rows(options))
    if options.emit == "formula":
        return show_filters(resolved.filters).encode()
    program = build_program(
        resolved.filters, options.mode, resolved.tables, labels=Labels(resolved.names, resolved.spans)
    )
    print_diagnostics((*resolved.warnings, *program.warnings))
    match options.emit:
        case "ir":
            return print_function(program.function).encode()
        case "xir":
            return encode_function(program.function)
        case "dot":
            return draw_trie(
                program.trie, program.pool, {one.id: one.name for one in program.filters}
            ).encode()
        case _:
            return _emit_code(options, program)


def _emit_code(options: argparse.Namespace, program: Program) -> bytes:
    compiled = compile_program(program, find_cache(options))
    from runtime.codegen.emit import print_assembly, print_llvm  # loads LLVM

    match options.emit:
        case "llvm":
            return print_llvm(compiled.function).encode()
        case "asm":
            return print_assembly(compiled.function).encode()
        case _:
            return export_object(compiled)
