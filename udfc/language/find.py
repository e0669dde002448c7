"""Where the text of a program is: paths, standard input, names of shipped files. Nothing is read here.

In: a name from the command line or of an `import`. Out: a path.
"""

from __future__ import annotations

from pathlib import Path

from grammar.library import Library

SHIPPED = Path(__file__).parents[1] / "templates"
"""Where the templates are that come with the compiler."""

LIBRARY = Library(SHIPPED, ".udf")


def list_shipped() -> tuple[str, ...]:
    """Return the names of the template files that come with the compiler."""
    return LIBRARY.list_shipped()


def find_file(path_or_name: str) -> str:
    """Return the path of a file that is given by its path, as `-`, or by the name of a shipped one.

    Raises:
        OSError: there is none.
    """
    return LIBRARY.find_file(path_or_name)


def list_candidates(importing: str, name: str) -> tuple[str, ...]:
    """Return where `import name` in the file `importing` looks, the first file that exists being taken."""
    return LIBRARY.list_candidates(importing, name)
