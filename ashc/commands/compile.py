"""`ashc compile`: write what a stage of the compiler made of handlers or a predicate.

In: an .ash file, perhaps with a name. Out: the stage's output in a file or on standard output. Code has been
proved and, as `obj`, validated; it has the log and the account that the kernel adds.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ashc.commands.choose import add_program, choose, compile_chosen, means_predicate, split_name
from ashc.language.load import load_files
from ashc.language.write import write_file
from ashc.program import Compiled
from runtime.command.arguments import add_cache
from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from runtime.command.files import find_cache
from runtime.handler.form import encode_handler
from runtime.handler.install import install_handler
from runtime.ir.nodes import Function
from runtime.ir.printer import print_function
from runtime.pipeline import compile_function, export_object
from runtime.policy import Policy
from runtime.predicate.form import encode_predicate
from runtime.predicate.lower import lower_predicate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_program(parser, "a handler or predicate in it")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="where to; - is standard output")
    parser.add_argument(
        "--emit",
        choices=("ast", "ir", "xir", "llvm", "asm", "obj"),
        default="xir",
        help="of the file: its syntax; of one handler or predicate: IR as text, as bytes for download "
        "(default), LLVM IR, assembly, an ELF object file",
    )
    parser.add_argument(
        "--downloaded",
        action="store_true",
        help="with `--emit ir`: as it is downloaded, before the kernel adds log and account",
    )
    add_cache(parser)
    parser.epilog = """\
examples:
  ashc compile increment.ash -o increment.xah
  ashc compile increment.ash --emit ir -o -
  ashc compile web.ash:web --emit asm -o -
"""


def run(options: argparse.Namespace) -> int:
    """Compile as far as needed and write the result."""
    output = _compile(options)
    if options.output == "-":
        sys.stdout.buffer.write(output)
    else:
        Path(options.output).write_bytes(output)
    return DONE


def _compile(options: argparse.Namespace) -> bytes:
    if options.emit == "ast":
        return write_file(load_files(split_name(options.file)[0])[-1]).encode()
    compiled, name = compile_chosen(options)
    if options.emit == "xir":
        return _encode(compiled, name)
    functions = _list_functions(options, compiled, name)
    if options.emit == "ir":
        return "\n".join(print_function(function) for function, _ in functions).encode()
    return _emit_code(options, *functions[0])


def _encode(compiled: Compiled, name: str) -> bytes:
    if means_predicate(compiled, name):
        return encode_predicate(choose(compiled.predicates, name, "predicate"))
    return encode_handler(choose(compiled.handlers, name, "handler"))


def _list_functions(
    options: argparse.Namespace, compiled: Compiled, name: str
) -> list[tuple[Function, Policy]]:
    """Return the functions of what is named, the body of a handler first."""
    if means_predicate(compiled, name):
        return [lower_predicate(choose(compiled.predicates, name, "predicate"))]
    handler = choose(compiled.handlers, name, "handler")
    installed = install_handler(handler, compiled.budgets[handler.name], find_cache(options))
    routines = [each for each in (installed.body, installed.recovery) if each is not None]
    if options.downloaded:
        if options.emit != "ir":
            raise Impossible("only IR can be shown as it is downloaded", "leave `--downloaded` out")
        given = [each for each in (handler.body, handler.recovery) if each is not None]
        return [(function, routine.policy) for function, routine in zip(given, routines, strict=True)]
    return [(routine.function, routine.policy) for routine in routines]


def _emit_code(options: argparse.Namespace, function: Function, policy: Policy) -> bytes:
    compiled = compile_function(function, policy, find_cache(options))
    from runtime.codegen.emit import print_assembly, print_llvm  # loads LLVM

    match options.emit:
        case "llvm":
            return print_llvm(compiled.function).encode()
        case "asm":
            return print_assembly(compiled.function).encode()
        case _:
            return export_object(compiled)
