"""The stages of the template compiler, in order: from the name of a file to templates as downloaded.

In: a .udf file's path, or the name of a shipped one. Out: a `TemplateSet`. Nothing of it is believed: the
kernel (`runtime.template.install`) proves it.
"""

from __future__ import annotations

from runtime.template.nodes import TemplateSet
from udfc.language.load import load_files
from udfc.lower import lower_files


def compile_templates(path_or_name: str) -> TemplateSet:
    """Return the templates of a file and of what it imports.

    Raises:
        Refused: the text is no program.
        OSError: the file cannot be read.
    """
    files = load_files(path_or_name)  # text -> syntax, imports first
    return lower_files(files)  # syntax -> names -> IR
