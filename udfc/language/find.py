"""Where the text of a program is: paths, standard input, names of shipped files. Nothing is read here.

In: a name from the command line or of an `import`. Out: a path.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

SHIPPED = Path(__file__).parents[1] / "templates"
"""Where the templates are that come with the compiler."""

_LONGEST_NAME = 200  # characters: file systems have a limit near it


def list_shipped() -> tuple[str, ...]:
    """Return the names of the template files that come with the compiler."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.udf")))


def find_file(path_or_name: str) -> str:
    """Return the path of a file that is given by its path, as `-`, or by the name of a shipped one.

    Raises:
        OSError: there is none.
    """
    if path_or_name == "-" or os.sep in path_or_name or path_or_name.endswith(".udf"):
        return path_or_name
    shipped = list_shipped()
    if path_or_name in shipped:
        return str(SHIPPED / f"{path_or_name}.udf")
    if os.path.exists(path_or_name):
        return path_or_name
    reason = f"{os.strerror(errno.ENOENT)}, and not shipped ({', '.join(shipped)})"
    raise FileNotFoundError(errno.ENOENT, reason, path_or_name)


def list_candidates(importing: str, name: str) -> tuple[str, ...]:
    """Return where `import name` in the file `importing` looks, the first file that exists being taken."""
    if len(name) > _LONGEST_NAME:
        return ()
    folder = "." if importing == "-" else os.path.dirname(importing) or "."
    return str(Path(folder) / f"{name}.udf"), str(SHIPPED / f"{name}.udf")
