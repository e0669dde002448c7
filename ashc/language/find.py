"""Where the text of a program is: paths, standard input, names of shipped files. Nothing is read here.

In: nothing. Out: the library that comes with the compiler.
"""

from __future__ import annotations

from pathlib import Path

from grammar.library import Library

SHIPPED = Path(__file__).parents[1] / "library"
"""Where the headers and pipes are that come with the compiler."""

LIBRARY = Library(SHIPPED, ".ash")
