"""What `tree`, `who` and `audit` share: an image, its root, and the walk.

In: arguments. Out: a `Walk`. Templates that were named with `--root` are proved first.
"""

from __future__ import annotations

import argparse
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from runtime import limits
from runtime.command.arguments import add_cache, add_format
from runtime.command.files import find_cache

if TYPE_CHECKING:
    from runtime.template.nodes import TemplateSet
    from udfc.image.source import Image
    from udfc.image.walk import Walk


def add_walking(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of all commands that walk an image."""
    parser.add_argument("image", metavar="IMG", help="a disk image, plain, gzip, xz or zstd; or a disk")
    parser.add_argument(
        "--root",
        metavar="TEMPLATE",
        help="FILE, FILE:NAME or a shipped root (default: the shipped one that fits)",
    )
    parser.add_argument(
        "--engine", choices=("native", "interpreter"), help="default: native where the host can"
    )
    add_format(parser)
    add_cache(parser)


def walk_options(options: argparse.Namespace) -> Walk:
    """Walk the image that the options say.

    Raises:
        Refused: IMG codes, IMG008 if the root owns nothing; UDF, IR, CHK and TPL codes for templates.
        Impossible: there is no such root.
        OSError: a file cannot be read.
    """
    from udfc.image.source import open_image, refuse_image  # loads NumPy
    from udfc.image.walk import walk_image

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names on disks are in any language
    image = open_image(options.image, limits.MAX_UNPACKED_BYTES)
    templates, name = _find_root(options, image)
    walk = walk_image(image, templates, name, options.engine, find_cache(options))
    if len(walk.objects.template) == 1 and not len(walk.extents.owner) and not walk.findings:
        message = f"the root `{name}` owns nothing in the image `{options.image}`"
        raise refuse_image(options.image, "IMG008", message, "without --root, the shipped roots are asked")
    return walk


def _find_root(options: argparse.Namespace, image: Image) -> tuple[TemplateSet, str]:
    """Return the root that the options say, or the one that fits, and its templates."""
    from runtime.template.install import install_templates  # loads the prover
    from udfc.commands.choose import choose_root
    from udfc.image.detect import detect_root, fits_image

    if options.root is None:
        root = detect_root(image)
        return root.templates, root.name
    templates, template = choose_root(options.root, lambda candidate: fits_image(candidate, image))
    install_templates(templates, find_cache(options))
    return templates, template.name
