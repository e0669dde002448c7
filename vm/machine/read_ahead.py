"""How far a drive reads on after a read.

In: a read that needed the arm, or that the buffer answered. Out: the block before which reading ahead stops.

    none          with the read itself
    track         at the end of the track; `cylinder` likewise
    segment       when the segment is full of blocks that the host has not got, or so many sectors ahead
    on sequence   nothing after one read; after a second one that continues it, the whole track that it is
                  on, and the next. So do the drives of DEC and Quantum
"""

from __future__ import annotations

from vm.machine.layout import Layout
from vm.machine.mechanism import Stream
from vm.machine.parameters import DriveParameters, ReadAhead
from vm.machine.segments import Segment


class ReadAheadPolicy:
    """The rule of one drive.

    Args:
        parameters: of the drive.
        layout: of its blocks.
    """

    __slots__ = ("_buffering", "_layout", "only_on_sequence")

    def __init__(self, parameters: DriveParameters, layout: Layout) -> None:
        self._buffering = parameters.buffering
        self._layout = layout
        self.only_on_sequence = parameters.buffering.read_ahead is ReadAhead.ON_SEQUENCE

    def plan(self, stream: Stream, segment: Segment, block: int, end: int, is_continued: bool) -> None:
        """Decide how far the stream of a read goes on.

        Args:
            stream: that reads the blocks.
            segment: where they go; on sequence it also has the beginning of the track, which comes round
                meanwhile.
            block: the first that was asked for.
            end: the one after the last.
            is_continued: whether the buffer has what comes before.
        """
        if not self.only_on_sequence:
            stream.limit = max(end, self.limit(block, end))
        elif is_continued:
            begin, next_track = self._layout.find_track(end - 1)
            _, limit = self._layout.find_track(min(next_track, self._layout.geometry.blocks - 1))
            stream.limit = max(end, min(limit, self._layout.geometry.blocks))
            segment.begin = min(segment.begin, begin)
            segment.room = max(segment.room, stream.limit - segment.begin)

    def limit(self, block: int, end: int) -> int:
        """Return the block before which reading ahead stops after a read; 0: it need not begin."""
        buffering = self._buffering
        limit = end + buffering.most_ahead
        if not buffering.discards_requested:
            limit = min(limit, block + buffering.segment_sectors)
        match buffering.read_ahead:
            case ReadAhead.NONE | ReadAhead.ON_SEQUENCE:
                return 0
            case ReadAhead.TRACK:
                limit = min(limit, self._layout.find_track(end - 1)[1])
            case ReadAhead.CYLINDER:
                limit = min(limit, self._layout.find_cylinder_end(end - 1))
            case ReadAhead.SEGMENT:
                pass
        return min(limit, self._layout.geometry.blocks)
