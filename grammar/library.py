"""Where the text of a program is: paths, standard input, names of shipped files. Nothing is read here.

In: a name from the command line or of an `import`. Out: a path.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

_LONGEST_NAME = 200  # characters: file systems have a limit near it


@dataclass(frozen=True, slots=True)
class Library:
    """The files that come with a compiler.

    Args:
        folder: where they are.
        suffix: of their names, with its dot; the language's codes begin with it in capitals.
    """

    folder: Path
    suffix: str

    def list_shipped(self) -> tuple[str, ...]:
        """Return the names of the files."""
        return tuple(sorted(path.stem for path in self.folder.glob(f"*{self.suffix}")))

    def find_file(self, path_or_name: str) -> str:
        """Return the path of a file that is given by its path, as `-`, or by the name of a shipped one.

        Raises:
            OSError: there is none.
        """
        if path_or_name == "-" or os.sep in path_or_name or path_or_name.endswith(self.suffix):
            return path_or_name
        shipped = self.list_shipped()
        if path_or_name in shipped:
            return str(self.folder / f"{path_or_name}{self.suffix}")
        if os.path.exists(path_or_name):
            return path_or_name
        reason = f"{os.strerror(errno.ENOENT)}, and not shipped ({', '.join(shipped)})"
        raise FileNotFoundError(errno.ENOENT, reason, path_or_name)

    def list_candidates(self, importing: str, name: str) -> tuple[str, ...]:
        """Return where `import name` in the file `importing` looks; the first file that exists is taken."""
        if len(name) > _LONGEST_NAME:
            return ()
        folder = "." if importing == "-" else os.path.dirname(importing) or "."
        file = f"{name}{self.suffix}"
        return str(Path(folder) / file), str(self.folder / file)

    def code(self, number: int) -> str:
        """Return the code of a refusal."""
        return f"{self.suffix[1:].upper()}{number:03}"
