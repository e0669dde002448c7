"""Which templates a command is about.

In: a name on the command line. Out: a set of templates, compiled or as downloaded, and one of them.

    ext                a shipped file; - is standard input, other files end in .udf, or .xut as downloaded
    ext:ext_inode      a template of that file
    ext_inode          a template of a shipped file
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from runtime.command.edge import Impossible
from runtime.command.files import read_bytes
from runtime.template.download.form import decode_templates
from runtime.template.nodes import Template, TemplateSet
from udfc.language.find import SHIPPED, list_shipped
from udfc.program import compile_templates

DOWNLOADED = ".xut"
"""How the name of a file in the download form ends."""


def read_templates(name: str) -> TemplateSet:
    """Return the templates of a file, which are not proved.

    Raises:
        Refused: UDF codes; for the download form TPL and IR codes.
        OSError: the file cannot be read.
    """
    return decode_templates(read_bytes(name)) if name.endswith(DOWNLOADED) else compile_templates(name)


def choose_template(name: str) -> tuple[TemplateSet, Template]:
    """Return the template that `name` says, and the set that it belongs to.

    Raises:
        Refused: as `read_templates`.
        Impossible: there is no such template, or several and none is said.
        OSError: the file cannot be read.
    """
    file, colon, wanted = name.rpartition(":")
    if not (colon and wanted.isidentifier()):
        file, wanted = _find_shipped(name)
    templates = read_templates(file)
    if not wanted:
        return templates, _find_only(file, templates)
    if wanted not in templates:
        raise _refuse(f"there is no template `{wanted}` in `{file}`", templates)
    return templates, templates[wanted]


def choose_root(name: str, fits: Callable[[Template], bool]) -> tuple[TemplateSet, Template]:
    """Return the root that `name` says, and its set; of several roots in a file the one that `fits`.

    Raises:
        Refused, OSError: as `choose_template`.
        Impossible: it is no root, or several in the file fit, or none.
    """
    if name in list_shipped() or name.endswith((".udf", DOWNLOADED)) or name == "-":
        templates = read_templates(name)
        roots = [each for each in templates.values() if each.root is not None]
        chosen = roots if len(roots) == 1 else [each for each in roots if fits(each)]
        if len(chosen) != 1:
            known = ", ".join(each.name for each in roots) or "none"
            raise Impossible(f"which root of `{name}` is meant?", f"write FILE:NAME; roots are {known}")
        return templates, chosen[0]
    templates, template = choose_template(name)
    if template.root is None:
        raise Impossible(f"`{template.name}` is no root", "a root says where it lies: `root at N`")
    return templates, template


def _find_shipped(name: str) -> tuple[str, str]:
    """Return file and template for a name without a colon: a file, unless only a shipped template has it."""
    if name in list_shipped() or not name.isidentifier() or Path(name).exists():
        return name, ""
    declaration = re.compile(rf"^template[ \t]+{name}\b", re.MULTILINE)
    for file in list_shipped():
        if declaration.search((SHIPPED / f"{file}.udf").read_text("utf-8")):
            return file, name
    return name, ""


def _find_only(file: str, templates: TemplateSet) -> Template:
    """Return the template that is meant when only the file is said: the only one, or the only root."""
    for candidates in (
        list(templates.values()),
        [each for each in templates.values() if each.root is not None],
    ):
        if len(candidates) == 1:
            return candidates[0]
    raise _refuse(f"`{file}` has {len(templates)} templates; say which one", templates)


def _refuse(message: str, templates: TemplateSet) -> Impossible:
    return Impossible(message, f"write FILE:NAME; there are {', '.join(templates)}")
