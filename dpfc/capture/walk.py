"""The walks over packet records as IR programs: what `dpfc.capture.walker` does, in a provable form.

In: a kind of capture. Out: a function under `policy.WALK`. One record of a classic pcap file, as text:

      %start: u64; %bounds: u64 = limit << 32 | snaplen
      for %i < %65536 max 65536 with %p = %start {
        %inside = ule %p, %length                # start may be anything, so this is asked each time
        if %inside {
          %room = sub %length, %p
          %enough = ule %16, %room
          if %enough {
            load captured, wire at %p + 8, %p + 12
            if captured <= limit and captured <= %room - 16 {
              emit offset, captured, wire, interface
              next (%p + 16 + captured)
            }
          }
        }
        return %p, reason                        # in the arm of each question
      }

Every load is of `%p` plus a number below what the branches around it have compared with `%room`: the proof
needs linear facts only.
"""

from __future__ import annotations

from dpfc.capture.chunk import MAX_RECORDS, ByteOrder
from dpfc.capture.policy import MAX_WINDOW_BYTES, WALK
from dpfc.capture.walker import ENHANCED_BYTES, ENHANCED_DATA, ENHANCED_PACKET, PcapForm, Stop
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Parameter, Region, Type, Value

_REGION = "capture"


def build_pcap_walk(form: PcapForm) -> Function:
    """Build the walk over classic records of one form; bounds = limit << 32 | snaplen."""
    code = _Walk(f"walk_pcap_{form.order}_{form.lengths}_{form.header}", form.order)
    limit, snaplen = code.split_bounds()
    code.open_loop()
    code.require(code.ule(code.number(form.header), code.room), Stop.INCOMPLETE)
    first, second = code.load(8), code.load(12)
    captured, wire = _order_lengths(code.builder, form, first, second)
    code.require(code.ule(captured, limit), Stop.OTHER)
    body = code.builder.convert(Type.U64, captured)
    rest = code.builder.binary("sub", code.room, code.number(form.header))
    code.require(code.ule(body, rest), Stop.INCOMPLETE)
    is_whole = code.ule(captured, snaplen)
    cut = code.builder.select(is_whole, captured, snaplen)
    data = code.builder.binary("add", code.place, code.number(form.header))
    code.emit_packet(data, cut, wire, code.builder.constant(Type.U32, 0))
    return code.close_loop(code.builder.binary("add", data, body))


def build_pcapng_walk(order: ByteOrder) -> Function:
    """Build the walk over enhanced packet blocks; bounds = limit << 32 | number of interfaces."""
    code = _Walk(f"walk_pcapng_{order}", order)
    build = code.builder
    limit, interfaces = code.split_bounds()
    code.open_loop()
    code.require(code.ule(code.number(ENHANCED_BYTES), code.room), Stop.INCOMPLETE)
    kind, total = code.load(0), code.load(4)
    code.require(build.compare("eq", kind, build.constant(Type.U32, ENHANCED_PACKET)), Stop.OTHER)
    code.require(code.ule(build.constant(Type.U32, ENHANCED_BYTES), total), Stop.OTHER)
    odd = build.binary("and", total, build.constant(Type.U32, 3))
    code.require(build.compare("eq", odd, build.constant(Type.U32, 0)), Stop.OTHER)
    size = build.convert(Type.U64, total)
    code.require(code.ule(size, code.room), Stop.INCOMPLETE)
    interface, captured, wire = code.load(8), code.load(20), code.load(24)
    code.require(build.compare("ult", interface, interfaces), Stop.OTHER)
    code.require(code.ule(captured, limit), Stop.OTHER)
    most = build.binary("sub", total, build.constant(Type.U32, ENHANCED_BYTES))
    code.require(code.ule(captured, most), Stop.OTHER)
    end = build.binary("add", code.place, size)
    trailer = build.load(Type.U32, _REGION, build.binary("sub", end, code.number(4)), order)
    code.require(build.compare("eq", trailer, total), Stop.OTHER)
    data = build.binary("add", code.place, code.number(ENHANCED_DATA))
    code.emit_packet(data, captured, wire, interface)
    return code.close_loop(end)


def _order_lengths(builder: Builder, form: PcapForm, first: Value, second: Value) -> tuple[Value, Value]:
    """Return (captured, wire) of the two lengths as they stand."""
    match form.lengths:
        case "captured_first":
            return first, second
        case "wire_first":
            return second, first
        case "either":
            in_order = builder.compare("ule", first, second)
            return builder.select(in_order, first, second), builder.select(in_order, second, first)


class _Walk:
    """The parts that the walks share: their loop, and the questions that end it.

    Attributes:
        builder: of the function.
        place: where the record at hand starts, inside the window or at its end.
        room: bytes from there to the end of the window.
    """

    def __init__(self, name: str, order: ByteOrder) -> None:
        self.builder = Builder(
            name,
            regions=(Region(_REGION, "read", MAX_WINDOW_BYTES),),
            parameters=(Parameter("start", Type.U64), Parameter("bounds", Type.U64)),
            results=WALK.results,
            emits=WALK.emits,
            emit_limit=WALK.emit_limit,
        )
        self.place = self.room = Value(0)
        self._order: ByteOrder = order
        self._questions = 0
        self._length = self.builder.length(_REGION)

    def number(self, number: int) -> Value:
        """Return a u64."""
        return self.builder.constant(Type.U64, number)

    def ule(self, left: Value, right: Value) -> Value:
        """Return left <= right."""
        return self.builder.compare("ule", left, right)

    def split_bounds(self) -> tuple[Value, Value]:
        """Return the upper and the lower half of the parameter `bounds`."""
        bounds = self.builder.parameter("bounds")
        upper = self.builder.binary("lshr", bounds, self.number(32))
        lower = self.builder.binary("and", bounds, self.number(0xFFFF_FFFF))
        return self.builder.convert(Type.U32, upper), self.builder.convert(Type.U32, lower)

    def open_loop(self) -> None:
        """Start the loop over records."""
        start = self.builder.parameter("start")
        loop = self.builder.for_(self.number(MAX_RECORDS), MAX_RECORDS, (start,))
        self.place = loop.carried[0]
        self.require(self.ule(self.place, self._length), Stop.INCOMPLETE)
        self.room = self.builder.binary("sub", self._length, self.place)

    def require(self, condition: Value, reason: Stop) -> None:
        """End the walk for `reason` unless `condition` holds; what follows is inside its arm."""
        refused = self.builder.compare("eq", condition, self.builder.constant(Type.U1, 0))
        with self.builder.when(refused):
            self.builder.return_(self.place, self.builder.constant(Type.U32, reason))

    def load(self, offset: int) -> Value:
        """Load the u32 at `offset` of the record."""
        where = self.builder.binary("add", self.place, self.number(offset))
        return self.builder.load(Type.U32, _REGION, where, self._order)

    def emit_packet(self, data: Value, captured: Value, wire: Value, interface: Value) -> None:
        """Emit a record."""
        self.builder.emit(self.builder.convert(Type.U32, data), captured, wire, interface)

    def close_loop(self, following: Value) -> Function:
        """Go on with the record at `following`; after the last, the walk is full."""
        self.builder.next_(following)
        (place,) = self.builder.end()
        self.builder.return_(place, self.builder.constant(Type.U32, Stop.FULL))
        return self.builder.finish()
