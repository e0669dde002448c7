"""Templates made by hand, as a compiler would make them: nothing here needs udfc."""

from __future__ import annotations

from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.source import Source
from runtime.template.nodes import Extent, Field, Kind, Method, Parameter, Template, TemplateSet


def parse(text: str) -> Function:
    return parse_function(Source("sample.ir", text))


_UNIT = "func unit(region meta: read, {size}; region arguments: read, size {words}) -> (u64) {{\n"
_UNIT += "%0 = const u64 {unit} return %0 }}"
_NO_READS = "func reads(region arguments: read, size 8; %0 partition: u64; %1 length: u64) "
_NO_READS += "emits (u64, u64) max 1 { return }"


def _unit(size: str, words: int = 8, unit: int = 4096) -> Function:
    return parse(_UNIT.format(size=size, words=words, unit=unit))


def make_pointers() -> Template:
    """1,024 u32le pointers: an indirect block."""
    return Template(
        name="pointers",
        maximum=4096,
        constant=True,
        parameters=(),
        kinds=(Kind("own", "data", 0),),
        discriminator=(),
        raw_read=(),
        raw_write=(),
        root=None,
        sticky=True,
        fields=(Field("pointer", 0, 32, 1024, 32, "le"),),
        unit=_unit("size 4096"),
        partitions=parse("""
            func partitions(region arguments: read, size 8; %0 length: u64) -> (u64) {
              %1 = const u64 1024
              return %1
            }"""),
        owns=parse("""
            func owns(region meta: read, size 4096; region arguments: read, size 8; %0 partition: u64)
                emits (u64, u64, u64) max 1 {
              %1 = const u64 1024
              %2 = ult %0, %1
              if %2 {
                %3 = const u64 4
                %4 = mul %0, %3
                %5 = load u32le meta[%4]
                %6 = const u32 0
                %7 = ne %5, %6
                if %7 {
                  %8 = convert u64 %5
                  %9 = const u64 1
                  %10 = const u64 0
                  emit %8, %9, %10
                }
              }
              return
            }"""),
        reads=parse("""
            func reads(region arguments: read, size 8; %0 partition: u64; %1 length: u64)
                emits (u64, u64) max 1 {
              %2 = const u64 4
              %3 = wrapping mul %0, %2
              emit %3, %2
              return
            }"""),
        methods=(_make_set(),),
    )


def _make_set() -> Method:
    """`set(i, block)`: require i < 1024 and pointer[i] == 0; require block != 0; pointer[i] = block."""
    head = "region meta: {rights}, size 4096; region arguments: read, size 16"
    fits = """
        %0 = const u64 0
        %1 = load u64le arguments[%0]
        %2 = const u64 8
        %3 = load u64le arguments[%2]
        %4 = const u64 1024
        %5 = ult %1, %4
        %6 = select %5, %1, %0
        %7 = const u64 4
        %8 = mul %6, %7
        %9 = load u32le meta[%8]
        %10 = const u32 0
        %11 = eq %9, %10
        %12 = and %5, %11
        %13 = const u64 4294967295
        %14 = ule %3, %13
        %15 = ult %0, %3
        %16 = and %14, %15
        %17 = const u64 1
        %18 = const u64 2
    """
    body = parse(f"""
        func set({head.format(rights="read_write")}) -> (u64) {{
        {fits}
        %21 = if %12 {{
          %20 = if %16 {{
            %19 = convert u32 %3
            store u32le meta[%8] = %19
            yield %0
          }} else {{
            yield %18
          }}
          yield %20
        }} else {{
          yield %17
        }}
        return %21
        }}""")
    changes = parse(f"""
        func set_changes({head.format(rights="read")}) emits (u64, u64, u64, u64) max 2 {{
        {fits}
        %19 = and %12, %16
        if %19 {{
          emit %18, %1, %0, %0
          emit %0, %3, %17, %0
        }}
        return
        }}""")
    requires = ("i < 1024 and pointer[i] == 0", "block != 0")
    domain = ((0, 0xFFFFFFFF),)
    return Method("set", (Parameter("i", domain), Parameter("block", domain)), body, changes, requires)


def make_runs() -> Template:
    """Eight-byte entries, as many as fit: a u32be start, and a u8 that says how many runs follow it.

    The one argument is the distance of two runs, and must be 1, 2 or 16. Each tuple has two arguments.
    """
    return Template(
        name="runs",
        maximum=512,
        constant=False,
        parameters=(Parameter("distance", ((1, 2), (16, 16))),),
        kinds=(Kind("own", "pointers", 0), Kind("like", "", 2), Kind("part", "runs", 1)),
        discriminator=(Extent(0, 4), Extent(8, None)),
        raw_read=(Extent(7, 1),),
        raw_write=(Extent(7, 1),),
        root=None,
        sticky=False,
        fields=(Field("start", 0, 32, None, 64, "be"), Field("runs", 4, 8, None, 64, "be")),
        unit=_unit("max 512"),
        partitions=parse("""
            func partitions(region arguments: read, size 8; %0 length: u64) -> (u64) {
              %1 = const u64 3
              %2 = lshr %0, %1
              return %2
            }"""),
        owns=parse("""
            func owns(region meta: read, max 512; region arguments: read, size 8; %0 partition: u64)
                emits (u64, u64, u64, u64, u64) max 4 {
              %1 = const u64 0
              %2 = load u64le arguments[%1]
              %3 = const u64 1
              %4 = const u64 2
              %5 = const u64 16
              %6 = eq %2, %3
              %7 = eq %2, %4
              %8 = eq %2, %5
              %9 = or %6, %7
              %10 = or %9, %8
              if %10 {
                %11 = length meta
                %12 = const u64 3
                %13 = lshr %11, %12
                %14 = ult %0, %13
                if %14 {
                  %15 = shl %0, %12
                  %16 = load u32be meta[%15]
                  %17 = convert u64 %16
                  %18 = const u64 4
                  %19 = add %15, %18
                  %20 = load u8 meta[%19]
                  %21 = convert u64 %20
                  %22 = and %21, %12
                  %26 = for %23 < %22 max 3 with %24 = %17 {
                    emit %24, %3, %3, %23, %2
                    %25 = add %24, %2
                    next (%25)
                  }
                  %27 = ult %12, %21
                  if %27 {
                    emit %26, %21, %1, %1, %1
                  }
                }
              }
              return
            }"""),
        reads=parse(_NO_READS),
    )


def make_map() -> Template:
    """A bitmap of up to 256 bytes: `used` asks it; and its own `owns` is empty."""
    return Template(
        name="map",
        maximum=256,
        constant=False,
        parameters=(),
        kinds=(),
        discriminator=(),
        raw_read=(),
        raw_write=(),
        root=1024,
        sticky=False,
        fields=(),
        unit=_unit("max 256"),
        partitions=parse("""
            func partitions(region arguments: read, size 8; %0 length: u64) -> (u64) {
              %1 = const u64 0
              return %1
            }"""),
        owns=parse("""
            func owns(region meta: read, max 256; region arguments: read, size 8; %0 partition: u64)
                emits (u64, u64, u64) max 1 { return }"""),
        reads=parse(_NO_READS),
        blocks=parse("""
            func blocks(region meta: read, max 256; region arguments: read, size 8) -> (u64) {
              %0 = length meta
              %1 = const u64 3
              %2 = shl %0, %1
              return %2
            }"""),
        used=parse("""
            func used(region meta: read, max 256; region arguments: read, size 8; %0 partition: u64)
                emits (u64, u64) max 1 {
              %1 = const u64 3
              %2 = lshr %0, %1
              %3 = length meta
              %4 = ult %2, %3
              if %4 {
                %5 = load u8 meta[%2]
                %6 = const u64 7
                %7 = and %0, %6
                %8 = convert u64 %5
                %9 = lshr %8, %7
                %10 = const u64 1
                %11 = and %9, %10
                %12 = eq %11, %10
                if %12 {
                  emit %0, %10
                }
              }
              return
            }"""),
        marks=parse("""
            func marks(region arguments: read, size 8; %0 length: u64) -> (u64) {
              %1 = const u64 1152921504606846976
              %2 = ult %0, %1
              %3 = const u64 0
              %4 = select %2, %0, %3
              %5 = const u64 3
              %6 = shl %4, %5
              return %6
            }"""),
    )


def make_directory() -> Template:
    """Entries of variable length: a u8 that says how long, and a u8 identity; access has an expiry."""
    return Template(
        name="directory",
        maximum=1024,
        constant=True,
        parameters=(Parameter("number", ((0, (1 << 64) - 1),)),),
        kinds=(Kind("own", "data", 0),),
        discriminator=(),
        raw_read=(),
        raw_write=(),
        root=None,
        sticky=False,
        fields=(),
        unit=_unit("size 1024", unit=512),
        partitions=parse("""
            func partitions(region arguments: read, size 8; %0 length: u64) -> (u64) {
              %1 = const u64 0
              return %1
            }"""),
        owns=parse("""
            func owns(region meta: read, size 1024; region arguments: read, size 8; %0 partition: u64)
                emits (u64, u64, u64) max 1 { return }"""),
        reads=parse(_NO_READS),
        identity=parse("""
            func identity(region arguments: read, size 8) -> (u64) {
              %0 = const u64 0
              %1 = load u64le arguments[%0]
              return %1
            }"""),
        shared=parse("""
            func shared(region meta: read, size 1024; region arguments: read, size 8) -> (u64) {
              %0 = const u64 1022
              %1 = load u16le meta[%0]
              %2 = convert u64 %1
              return %2
            }"""),
        names=parse("""
            func names(region meta: read, size 1024; region arguments: read, size 8)
                emits (u64, u64, u64) max 512 {
              %0 = const u64 512
              %1 = const u64 0
              %2 = const u64 1
              %3 = const u64 1022
              %17 = for %4 < %0 max 512 with %5 = %1 {
                %6 = ult %5, %3
                %7 = select %6, %5, %1
                %8 = load u8 meta[%7]
                %9 = add %7, %2
                %10 = load u8 meta[%9]
                %11 = convert u64 %8
                %12 = convert u64 %10
                %13 = const u64 2
                %14 = ule %13, %11
                %15 = and %6, %14
                if %15 {
                  emit %5, %11, %12
                }
                %16 = add %7, %11
                next if %15 (%16)
              }
              return
            }"""),
        acl=parse("""
            func acl(region meta: read, size 1024; region after: read, size 1024;
                     region arguments: read, size 8; %0 credential: u64; %1 operation: u64) -> (u1) {
              %2 = call clock()
              %3 = const u64 8
              %4 = load u64le meta[%3]
              %5 = load u64le after[%3]
              %6 = eq %4, %5
              %7 = ult %2, %4
              %8 = and %6, %7
              %9 = eq %0, %1
              %10 = or %8, %9
              return %10
            }"""),
        size=parse("""
            func size(region meta: read, size 1024; region arguments: read, size 8) -> (u64) {
              %0 = const u64 16
              %1 = load u32le meta[%0]
              %2 = convert u64 %1
              return %2
            }"""),
    )


def make_samples() -> TemplateSet:
    """All of them, by their names."""
    samples = (make_pointers(), make_runs(), make_map(), make_directory())
    return {sample.name: sample for sample in samples}
