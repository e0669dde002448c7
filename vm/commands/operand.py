"""How the command line names files: on the host, or inside an image.

In: an argument. Out: an `Operand`.

    project/a.c         on the host, where a command takes files of the host
    disk.img:/a/b       /a/b inside the image disk.img: what comes before the first `:/`
    disk.img:           the root directory; so is disk.img, where a command takes only files inside images
    :/a/b               inside the image that the argument before named
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runtime.command.edge import Impossible


@dataclass(frozen=True, slots=True)
class Operand:
    """A file, which need not exist.

    Args:
        image: the image that it is in; None: on the host.
        path: inside an image absolute, without `.`, `..` and doubled or trailing slashes.
        is_directory: it was written with a trailing slash.
    """

    image: str | None
    path: str
    is_directory: bool = False

    def __str__(self) -> str:
        return self.path if self.image is None else f"{self.image}:{self.path}"

    @property
    def name(self) -> str:
        """What a copy is called in another directory; empty for `/`, `.` and `..`, which have no name."""
        name = posixpath.basename(posixpath.normpath(self.path))
        return "" if name in (".", "..") else name


def parse_operands(arguments: Iterable[str], inside: bool) -> list[Operand]:
    """Return the files that a command line names.

    Args:
        arguments: as written.
        inside: the command takes only files inside images.

    Raises:
        Impossible: an argument names no file.
    """
    return list(_read_operands(arguments, inside))


def name_image(operands: Iterable[Operand]) -> str:
    """Return the image that all `operands` are in.

    Raises:
        Impossible: they are in several.
    """
    images = sorted({operand.image for operand in operands if operand.image is not None})
    if len(images) > 1:
        raise Impossible(
            f"`{images[0]}` and `{images[1]}` are two images", "name files of one, or use `xok cp`"
        )
    return images[0]


def _read_operands(arguments: Iterable[str], inside: bool) -> Iterator[Operand]:
    image = ""
    for argument in arguments:
        operand = _read_operand(argument, image, inside)
        image = operand.image or image
        yield operand


def _read_operand(argument: str, before: str, inside: bool) -> Operand:
    image, colon, path = argument.partition(":/")
    if not colon and argument.endswith(":"):
        image, colon = argument[:-1], ":/"
    if not argument or "\0" in argument:
        raise Impossible("an empty name" if not argument else "a name with a zero byte", "name a file")
    if not colon:
        return Operand(argument, "/") if inside else Operand(None, argument, argument.endswith("/"))
    if not (image or before):
        raise Impossible(f"`{argument}` does not say which image", "write IMAGE:/path")
    return Operand(image or before, _clean_path(path), path.endswith("/"))


def _clean_path(path: str) -> str:
    """Return an absolute path without `.`, `..` and doubled slashes.

    `..` goes by what is written, as in a shell's `cd`: a symbolic link before it is not looked at.
    """
    return "/" + posixpath.normpath("/" + path).lstrip("/")
