"""Which file system is on an image: every shipped root is asked, and those fit that own something.

In: an image. Out: the templates of one file, and the name of the root.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.diagnostic import Refused
from runtime.template.engine import load_template
from runtime.template.nodes import Template, TemplateSet
from udfc.image.reader import read_object
from udfc.image.source import Image, refuse_image
from udfc.image.walk import place_root
from udfc.language.find import list_shipped
from udfc.program import compile_templates

_ASKED = 4096
"""Partitions that are asked: a root that owns anything does so with one of the first."""


@dataclass(frozen=True, slots=True)
class Root:
    """A root template and the set that it belongs to."""

    file: str
    name: str
    templates: TemplateSet


def detect_root(image: Image) -> Root:
    """Return the one shipped root that fits.

    Raises:
        Refused: IMG006 none does, IMG007 several do.
    """
    found, asked = [], []
    for file in list_shipped():
        templates = compile_templates(file)
        for template in templates.values():
            if template.root is None:
                continue
            asked.append(template.name)
            if fits_image(template, image):
                found.append(Root(file, template.name, templates))
    if len(found) == 1:
        return found[0]
    if not found:
        message = f"no shipped template fits the image `{image.name}`"
        raise refuse_image(image.name, "IMG006", message, f"asked were {', '.join(asked) or 'none'}")
    names = ", ".join(f"{root.file}:{root.name}" for root in found)
    raise refuse_image(image.name, "IMG007", f"several templates fit `{image.name}`", f"they are {names}")


def fits_image(template: Template, image: Image) -> bool:
    """Say whether a root owns anything. One look needs no machine code."""
    try:
        place, length = place_root(template, image)
    except Refused:
        return False
    loaded = load_template(template, "interpreter")
    meta = read_object(image, place, length)
    if template.blocks is not None and loaded.blocks(meta, ()) == 0:
        return False
    partitions = range(min(loaded.partitions(length, ()), _ASKED))
    return any(len(loaded.owns(meta, (), number, 1)) for number in partitions)
