"""`udfc compile`: write what a stage of the compiler made of templates.

In: a .udf file or the name of a shipped one, for code with the name of a template. Out: the stage's output in
a file or on standard output. Code is of one function; it has been proved and, as `obj`, validated.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runtime.command.arguments import add_cache
from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from runtime.command.files import find_cache
from runtime.pipeline import compile_function, export_object
from runtime.template.download.form import encode_templates
from runtime.template.nodes import Template
from runtime.template.policies import list_functions
from runtime.template.show import print_templates
from udfc.commands.choose import choose_template, read_templates
from udfc.language.load import load_files
from udfc.language.write import write_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "file", metavar="FILE[:NAME]", help="a .udf file or the name of a shipped one, and a template"
    )
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="where to; - is standard output")
    parser.add_argument(
        "--emit",
        choices=("ast", "ir", "xir", "llvm", "asm", "obj"),
        default="xir",
        help="of the file: its syntax, IR as text, IR as bytes for download (default); of one function: LLVM "
        "IR, assembly, an ELF object file",
    )
    parser.add_argument(
        "--function",
        default="owns",
        metavar="F",
        help="for code: owns (default), reads, size, 'method set' ...",
    )
    add_cache(parser)
    parser.epilog = """\
examples:
  udfc compile mine.udf -o mine.xut
  udfc compile ext --emit ir -o -
  udfc compile mine.udf:pointers --emit asm --function 'method set' -o -
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
    match options.emit:
        case "ast":
            return write_file(load_files(options.file)[-1]).encode()
        case "ir":
            return print_templates(read_templates(options.file)).encode()
        case "xir":
            return encode_templates(read_templates(options.file))
        case _:
            _, template = choose_template(options.file)
            return _emit_code(options, template)


def _emit_code(options: argparse.Namespace, template: Template) -> bytes:
    functions = {name: (function, policy) for name, function, policy in list_functions(template)}
    if options.function not in functions:
        message = f"`{template.name}` has no function `{options.function}`"
        raise Impossible(message, f"there are {', '.join(functions)}")
    compiled = compile_function(*functions[options.function], find_cache(options))
    from runtime.codegen.emit import print_assembly, print_llvm  # loads LLVM

    match options.emit:
        case "llvm":
            return print_llvm(compiled.function).encode()
        case "asm":
            return print_assembly(compiled.function).encode()
        case _:
            return export_object(compiled)
