"""Physical memory, in pages of 4096 bytes.

In: page numbers. Out: the bytes of a page. A page has no bytes of its own before somebody asks for them, so
that a machine with much memory costs the host only what is used.
"""

from __future__ import annotations

PAGE = 4096


class Memory:
    """The machine's memory.

    Args:
        pages: how many.
    """

    __slots__ = ("_frames", "pages")

    def __init__(self, pages: int) -> None:
        assert pages > 0, "a machine has memory"
        self.pages = pages
        self._frames: list[bytearray | None] = [None] * pages

    def frame(self, page: int) -> bytearray:
        """Return the bytes of `page`; views of them see and make changes."""
        frame = self._frames[page]
        return self.renew(page) if frame is None else frame

    def renew(self, page: int) -> bytearray:
        """Give `page` new bytes, all zero, and return them.

        Views of the old bytes stay valid but are of dead memory: whoever still holds one of a page that was
            taken
        away reads and writes nobody's bytes. In hardware the mapping would be gone.
        """
        frame = self._frames[page] = bytearray(PAGE)
        return frame
