"""Templates that were made to deceive the prover, or to keep it busy: none of them may pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime import limits
from runtime.diagnostic import Refused
from runtime.ir.nodes import Function, Type
from runtime.pipeline import prove_function
from runtime.policy import Policy, RegionGrant
from runtime.template.download.form import decode_templates, encode_templates
from runtime.template.engine import load_template
from runtime.template.nodes import Extent, Kind, Template, TemplateSet
from tests.template.proving import codes, function, lower, refuse

_POINTERS = """
template t{parameters} : 64 bytes {{
    layout {{ a: u32le[16] }}
    partition a[p in a] {{ if a[p] != 0 {{ own(a[p], 1, data) }} }}
    {method}
}}
"""
_SET = """method set(y: u32) changes a[0] gives own({given}, 1, data) {{
    require a[0] == 0 and y != 0{more}
    a[0] = y
}}"""


def _set(given: str = "y", more: str = "") -> str:
    return _SET.format(given=given, more=more)


def _pointers(method: str = "", parameters: str = "") -> Template:
    return lower(_POINTERS.format(method=method, parameters=parameters))["t"]


def _as_downloaded(*templates: Template) -> TemplateSet:
    return decode_templates(encode_templates({template.name: template for template in templates}))


def test_a_method_parameter_is_not_the_parameter_of_the_template_with_its_name() -> None:
    template = _pointers(_set("x", " and x != 0"), "(x: u32)")
    (method,) = template.methods
    method = replace(method, parameters=(replace(method.parameters[0], name="x"),))
    assert codes(refuse(_as_downloaded(replace(template, methods=(method,))))) == ["TPL032"]


_OWNS_WITHOUT_ARGUMENTS = """
func owns(region meta: read, size 64; region arguments: read, size 8; %0 partition: u64)
    emits (u64, u64, u64) max 1 {
  %1 = const u64 16
  %2 = ult %0, %1
  if %2 {
    %3 = const u64 4
    %4 = mul %0, %3
    %5 = load u32le meta[%4]
    %6 = convert u64 %5
    %7 = const u64 0
    %8 = ne %6, %7
    %9 = load u64le arguments[%7]
    %10 = eq %9, %7
    %11 = and %8, %10
    if %11 {
      %12 = const u64 1
      emit %6, %12, %7
    }
  }
  return
}"""


def test_owns_does_not_see_the_arguments_of_a_method() -> None:
    template = _pointers("method set(y: u32 in {5..9}) { require a[0] == 0; a[0] = y }")
    template = replace(template, owns=function(_OWNS_WITHOUT_ARGUMENTS))
    assert codes(refuse(_as_downloaded(template))) == ["TPL031"]


_MEMBER = """
template t : 64 bytes {
    layout { tag: u32le }
    discriminator tag
    partition member { if tag == 1 { part(0, 64, data) } }
}
"""


def test_nobody_is_data() -> None:
    member = lower(_MEMBER)["t"]
    assert codes(refuse(_as_downloaded(member))) == ["TPL023"]
    innocent = lower("template data2 : up to 64 bytes { }")["data2"]
    refusal = refuse(_as_downloaded(member, replace(innocent, name="data")))
    assert "TPL006" in codes(refusal)


def test_verdicts_are_kept_by_names() -> None:
    template = _pointers(_set())
    (method,) = template.methods
    twice = replace(template, methods=(method, method))
    dotted = replace(template, methods=(replace(method, name="x.set"),))
    same = replace(method, parameters=method.parameters * 2)
    for templates in (
        {"other": template},
        {"t": twice},
        {"t": dotted},
        {"t": replace(template, methods=(same,))},
        {"t": template, "": replace(template, name="")},
    ):
        assert codes(refuse(templates)) == ["TPL006"]


def _table(place: str, answers: list[int]) -> str:
    rows = "\n".join(f"{key} -> {answer}" for key, answer in enumerate(answers))
    return f"table {place} exact (u64) -> u64 default 0 {{\n{rows}\n}}"


_LOOKUP = """
func web(region meta: read, size 8; %0 key: u64) -> (u64) {{
  {table}
  %1 = lookup t(%0)
  %2 = const u64 5
  %3 = ult %1, %2
  %7 = if %3 {{
    %4 = lookup t(%0)
    yield %4
  }} else {{
    %5 = load u8 meta[%1]
    %6 = convert u64 %5
    yield %6
  }}
  return %7
}}"""


def _prove_lookup(most: int) -> None:
    text = _LOOKUP.format(table=_table("t", [number % most for number in range(256)]))
    policy = Policy(
        name="test",
        regions=(RegionGrant("meta", "read", 8, constant=True),),
        parameters=(Type.U64,),
        results=(Type.U64,),
        emits=(),
        emit_limit=0,
        primitives=(),
        deterministic=True,
        budget=1000,
    )
    prove_function(function(text), policy, None)


def test_what_one_arm_knows_of_a_lookup_is_not_known_in_the_other() -> None:
    _prove_lookup(8)
    with pytest.raises(Refused, match="neither proved nor disproved"):
        _prove_lookup(200)


_READS = """
func reads(region arguments: read, size 8; %0 partition: u64; %1 length: u64) emits (u64, u64) max 1 {{
  {table}
  %2 = lookup t(%0)
  %3 = const u64 4
  emit %2, %3
  return
}}"""
_OWNS = """
func owns(region meta: read, size 64; region arguments: read, size 8; %0 partition: u64)
    emits (u64, u64, u64) max 1 {{
  {table}
  %1 = lookup t(%0)
  %2 = load u32le meta[%1]
  return
}}"""


def test_two_tables_of_one_name_are_two_tables() -> None:
    template = replace(
        _pointers(),
        owns=function(_OWNS.format(table=_table("t", [0] * 100))),
        reads=function(_READS.format(table=_table("t", [4] * 100))),
    )
    assert "TPL013" in codes(refuse(_as_downloaded(template)))


def _function(head: str, tuples: int, words: int) -> Function:
    lines: list[str] = []
    free = head.count("%")
    for number in range(tuples):
        lines += [f"%{free} = const u64 {16 * number}", f"%{free + 1} = const u64 4"]
        names, free = [free, free + 1], free + 2
        if words == 3:
            lines += [f"%{free} = load u8 meta[%{free - 2}]", f"%{free + 1} = convert u64 %{free}"]
            names, free = [*names, free + 1], free + 2
        lines.append("emit " + ", ".join(f"%{each}" for each in names))
    emits = ", ".join(["u64"] * words)
    text = "\n".join(lines)
    return function(f"func many({head}) emits ({emits}) max {tuples} {{\n{text}\nreturn\n}}")


_READS_HEAD = "region arguments: read, size 8; %0 partition: u64; %1 length: u64"
_OWNS_HEAD = "region meta: read, size 65536; region arguments: read, size 8; %0 partition: u64"
_LARGE = "template t : 65536 bytes { partition a { } }"


def test_pairs_of_read_sets_are_limited() -> None:
    template = replace(lower(_LARGE)["t"], reads=_function(_READS_HEAD, limits.MAX_TUPLES + 1, 2))
    assert codes(refuse(_as_downloaded(template))) == ["TPL003"]


def test_pairs_of_kinds_of_parts_are_limited() -> None:
    template = replace(
        lower(_LARGE)["t"],
        owns=_function(_OWNS_HEAD, 2, 3),
        kinds=(Kind("part", "c", 0),) * limits.MAX_KINDS,
        discriminator=(Extent(0, None),),
    )
    part = lower("template c : 4 bytes { }")["c"]
    refusal = refuse(_as_downloaded(template, part))
    assert codes(refusal) == ["TPL040"]
    assert "more than" in refusal.diagnostics[0].message


def _with_long_reads(name: str, instructions: int) -> Template:
    text = "\n".join(f"%{number} = const u64 0" for number in range(2, instructions + 1))
    reads = function(f"func reads({_READS_HEAD}) emits (u64, u64) max 1 {{\n{text}\nreturn\n}}")
    return replace(_pointers(), name=name, reads=reads)


def test_long_functions_are_refused() -> None:
    template = _with_long_reads("t", limits.MAX_TEMPLATE_INSTRUCTIONS + 1)
    assert codes(refuse(_as_downloaded(template))) == ["TPL003"]


def test_large_sets_are_refused() -> None:
    count = limits.MAX_SET_INSTRUCTIONS // limits.MAX_TEMPLATE_INSTRUCTIONS
    names = [f"t{number}" for number in range(count)]
    templates = [_with_long_reads(name, limits.MAX_TEMPLATE_INSTRUCTIONS) for name in names]
    refusal = refuse(_as_downloaded(*templates))
    assert codes(refusal) == ["TPL003"]
    assert "the set has" in refusal.diagnostics[0].message


_ENDLESS = """
func partitions(region arguments: read, size 8; %0 length: u64) -> (u64) {
  %1 = const u64 18446744073709551615
  return %1
}"""


def test_nobody_waits_for_endless_partitions() -> None:
    template = replace(_pointers(), partitions=function(_ENDLESS), owns=function(_OWNS_WITHOUT_ARGUMENTS))
    loaded = load_template(template, "interpreter")
    meta = bytes([7]) + bytes(63)
    assert loaded.owns(meta, (), 0, 20).tolist() == [[7, 1, 0]]
    with pytest.raises(Refused, match="too many to be asked"):
        loaded.owns(meta, ())
