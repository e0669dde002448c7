"""From a name on the command line to the files of a program: `import` followed, each file once.

In: the path of a .udf file, `-` for standard input, or the name of a shipped template file. Out: syntax
trees, what is imported before what imports it.
"""

from __future__ import annotations

from grammar import imports
from udfc.language import syntax
from udfc.language.find import LIBRARY
from udfc.language.parse import make_parser, read_source


def load_files(path_or_name: str) -> tuple[syntax.File, ...]:
    """Return the file and all that it imports.

    Raises:
        Refused: UDF001 to UDF009.
        OSError: the file cannot be read.
    """
    return imports.load_files(LIBRARY, make_parser(), read_source, path_or_name)
