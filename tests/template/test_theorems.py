"""Each theorem about a template: what keeps it is accepted, what breaks it is refused and shown to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime import limits
from runtime.ir.nodes import Function
from runtime.ir.printer import print_function
from runtime.template.install import install_templates
from runtime.template.nodes import Extent, Kind, Parameter, Template
from runtime.template.replay import replay_fault
from tests.template.proving import codes, function, install, lower, refuse
from tests.template.samples import make_pointers

_THEOREMS = [
    "safe: unit",
    "safe: partitions",
    "safe: owns",
    "safe: reads",
    "safe: method set",
    "safe: changes of set",
    "kinds known",
    "zeros own nothing",
    "unit reads the discriminator",
    "read sets complete",
    "parts told apart by the discriminator",
    "read sets inside",
    "read sets disjoint",
    "read sets apart from the discriminator",
    "raw writes harmless",
    "set: changes well formed",
    "set: refusal changes nothing",
    "set: unit unchanged",
    "set: unlisted partitions unchanged",
    "set: owned after = before + gives - takes",
]


def _edit(original: Function, old: str, new: str) -> Function:
    text = print_function(original)
    assert old in text
    return function(text.replace(old, new, 1))


def _refuse(template: Template) -> list[str]:
    return codes(refuse({template.name: template}))


def test_a_block_of_pointers_keeps_every_theorem() -> None:
    template = make_pointers()
    installation = install_templates({template.name: template})
    assert [each.name for each in installation.theorems] == _THEOREMS
    assert {each.status for each in installation.theorems} == {"proved"}
    assert installation.is_proved("pointers", template.methods[0])
    assert not installation.is_proved("others", template.methods[0])


def test_a_block_of_1024_pointers_takes_little_effort() -> None:
    template = make_pointers()
    theorems = install_templates({template.name: template}).theorems
    assert sum(each.effort for each in theorems) < 1_000_000  # about two tenths of a second
    assert sum(each.seconds for each in theorems) < 2


def test_unsafe_functions_are_refused_before_any_theorem() -> None:
    template = make_pointers()
    owns = _edit(template.owns, "const u64 1024", "const u64 1025")
    refusal = refuse({"pointers": replace(template, owns=owns)})
    assert codes(refusal) == ["CHK001"]
    assert [each.status for each in refusal.theorems if each.name == "safe: owns"] == ["refuted"]
    assert any("pointers` of 4096 bytes" in note for note in refusal.diagnostics[0].notes)


def test_malformed_functions_are_refused() -> None:
    template = make_pointers()
    text = "func unit(region meta: read, size 4096) -> (u64) { %0 = const u64 1 return %0 }"
    body = function(text).body
    assert _refuse(replace(template, unit=replace(function(text), body=body[1:]))) == ["IR122"]


def test_returns_in_the_middle_are_refused() -> None:
    unit = """
        func unit(region meta: read, size 4096) -> (u64) {
          %0 = const u64 1
          %1 = length meta
          %2 = eq %0, %1
          if %2 { return %0 }
          return %1
        }"""
    assert _refuse(replace(make_pointers(), unit=function(unit))) == ["TPL001"]


@pytest.mark.parametrize(
    "kinds",
    [
        (Kind("own", "nowhere", 0),),
        (Kind("own", "pointers", 1),),
        (Kind("own", "data", 1),),
        (Kind("like", "", 0),),
        (Kind("like", "pointers", 1),),
    ],
)
def test_kinds_must_exist_and_get_their_arguments(kinds: tuple[Kind, ...]) -> None:
    template = make_pointers()
    assert "TPL002" in _refuse(replace(template, kinds=kinds))


@pytest.mark.parametrize(
    "extent", [Extent(4097, 0), Extent(0, 4097), Extent(-1, 4), Extent(4, -1), Extent(5000, None)]
)
def test_declared_bytes_lie_in_the_object(extent: Extent) -> None:
    for name in ("discriminator", "raw_read", "raw_write"):
        assert "TPL003" in _refuse(replace(make_pointers(), **{name: (extent,)}))


@pytest.mark.parametrize(
    "allowed", [(), ((2, 1),), ((1, 4), (4, 5)), ((5, 6), (1, 2)), ((0, 1 << 64),), ((-1, 3),)]
)
def test_domains_are_ranges_in_order(allowed: tuple[tuple[int, int], ...]) -> None:
    template = replace(make_pointers(), methods=(), parameters=(Parameter("x", allowed),))
    assert _refuse(template) == ["TPL005"]


def test_a_root_has_no_parameters() -> None:
    template = replace(make_pointers(), methods=(), root=0, parameters=(Parameter("x", ((0, 1),)),))
    assert _refuse(template) == ["TPL005"]


def test_every_kind_that_is_emitted_is_declared() -> None:
    template = make_pointers()
    owns = _edit(template.owns, "%10 = const u64 0", "%10 = const u64 1")
    assert _refuse(replace(template, methods=(), owns=owns)) == ["TPL010"]


def test_the_unit_depends_on_the_discriminator_only() -> None:
    unit = function("""
        func unit(region meta: read, size 4096) -> (u64) {
          %0 = const u64 4
          %1 = load u8 meta[%0]
          %2 = convert u64 %1
          return %2
        }""")
    assert _refuse(replace(make_pointers(), unit=unit)) == ["TPL012"]


def test_read_sets_lie_inside() -> None:
    template = make_pointers()
    reads = _edit(template.reads, "emit %3, %2", "%4 = const u64 4094\n  emit %4, %2")
    assert "TPL015" in _refuse(replace(template, methods=(), reads=reads))
    longest = _edit(template.reads, "emit %3, %2", "%4 = const u64 18446744073709551615\n  emit %3, %4")
    assert "TPL015" in _refuse(replace(template, methods=(), reads=longest))


def test_read_sets_do_not_repeat_the_discriminator() -> None:
    assert "TPL017" in _refuse(replace(make_pointers(), discriminator=(Extent(8, 1),)))


def test_a_method_that_refuses_changes_nothing() -> None:
    template = make_pointers()
    method = template.methods[0]
    body = _edit(method.body, "yield %0", "yield %17")
    assert _refuse(replace(template, methods=(replace(method, body=body),))) == ["TPL030"]


def test_changes_are_of_known_kinds() -> None:
    template = make_pointers()
    method = template.methods[0]
    for new in ("emit %7, %3, %17, %0", "emit %0, %3, %17, %17"):
        changes = _edit(method.changes, "emit %0, %3, %17, %0", new)
        assert _refuse(replace(template, methods=(replace(method, changes=changes),))) == ["TPL010"]


def test_what_cannot_be_decided_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "Z3_RLIMIT", 40)
    refusal = refuse({"pointers": replace(make_pointers(), methods=())})
    assert set(codes(refusal)) == {"TPL040"}
    assert not refusal.counterexamples


def test_a_method_that_cannot_be_decided_is_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
template block : 16 bytes {
    layout { slot: u32le; rest: u32le[3] }
    partition slot { if slot != 0 { own(slot, 1, data) } }
    method hard(a: u64, b: u64) {
        require a > 1 and b > 1 and wrapping(a * b) == 0x7ce66c50e2840001 and slot == 5
        slot = 7
    }
}
"""
    monkeypatch.setattr(limits, "Z3_RLIMIT", 400_000)
    installation = install(text)
    assert installation.tested == {("block", "hard")}


_UNION = """
template one : 8 bytes {
    layout { kind: u32le; slot: u32le }
    partition slot { if slot != 0 { own(slot, 1, data) } }
    raw_write CHOSEN
    method clear() changes slot takes own(slot, 1, data) {
        require slot != 0
        slot = 0
    }
    method retype(to: u32) {
        kind = to
    }
}
template two : 8 bytes { layout { kind: u32le } }
template union : 8 bytes {
    layout { kind: u32le }
    discriminator kind
    partition member {
        if kind == 1 { part(0, one) }
        else if kind == 2 { part(0, two) }
    }
}
template outer : 64 bytes {
    layout { tag: u32le }
    discriminator tag
    partition member[p in 0..4] { if tag == 1 { part(8 * p + 8, union) } }
}
"""


def test_a_method_that_turns_an_object_into_another_is_tested() -> None:
    installation = install(_UNION.replace("raw_write CHOSEN", ""))
    assert installation.tested == {("one", "retype")}


def test_raw_writes_of_a_part_leave_the_discriminator_alone() -> None:
    assert codes(refuse(lower(_UNION.replace("CHOSEN", "@3..4")))) == ["TPL023"]


def test_raw_writes_of_a_part_of_a_part_leave_the_discriminator_alone() -> None:
    text = """
template inner : 4 bytes { layout { x: u32le }; raw_write x }
template middle : 8 bytes { partition member { part(4, inner) } }
template outer : 16 bytes {
    layout { tag: u32le @PLACE }
    discriminator tag
    partition member { part(8, middle) }
}
"""
    assert not install(text.replace("PLACE", "8")).tested
    refusal = refuse(lower(text.replace("PLACE", "12")))
    assert codes(refusal) == ["TPL023"]
    assert any("part(4, 4, inner)" in note for note in refusal.diagnostics[0].notes)


def test_what_is_passed_on_may_be_tested_at_run_time() -> None:
    text = """
template leaf(n: u32 in {1..5}) : 8 bytes { layout { x: u32le } }
template owner : 8 bytes {
    layout { n: u32le; x: u32le }
    discriminator n
    partition x { if x != 0 and CONDITION { own(x, 1, leaf(n)) } }
}
"""
    for condition, status in (("n in {1..5}", "proved"), ("n != 0", "tested")):
        theorems = install(text.replace("CONDITION", condition)).theorems
        assert [each.status for each in theorems if each.name == "arguments allowed"] == [status]


def test_products_of_parameters_are_decided_by_cases() -> None:
    text = """
template table(size: u32 in {1024, 2048, 4096}, width: u32 in {4, 8}) : up to 4096 bytes {
    layout { byte: u8[] }
    partition slot[p in 0..length / width] reads @p * width .. p * width + width {
        if byte[p * width] != 0 { own(byte[p * width] * (size / 1024), size / 512, data) }
    }
}
"""
    assert not install(text).tested


def test_counterexamples_to_objects_of_any_length_are_short() -> None:
    text = """
template list : up to 65536 bytes {
    layout { slot: u32le[] }
    partition slot[p in slot] { if slot[p] != 7 { own(slot[p], 1, data) } }
}
"""
    refusal = refuse(lower(text))
    assert codes(refusal) == ["TPL011"]
    assert len(refusal.counterexamples[0][1].meta) <= 16


def test_a_counterexample_with_other_numbers_shows_nothing() -> None:
    templates = lower("""
template block : 16 bytes {
    layout { slot: u32le[4] }
    partition slot[p in slot] { if p == 3 or slot[p] != 0 { own(slot[p], 1, data) } }
}
""")
    counterexample = refuse(templates).counterexamples[0][1]
    assert dict(counterexample.numbers) == {"p": 3}
    for number in (0, 4, 1 << 63):
        assert replay_fault(templates, replace(counterexample, numbers=(("p", number),))) is None


_ROUNDS = """
template member : 4 bytes {{ layout {{ x: u32le }} }}
template block : up to 65536 bytes {{
    layout {{ tag: u32le; byte: u8[32] }}
    discriminator tag
    partition all reads byte {{
        for i in 0..{count} {{
            if i == 3 {{ if tag == 5 and length == 64 {{ part(40, member) }} }}
            else if {condition} {{ if length == 64 {{ if byte[i & 31] == 7 {{ own(1, 1, data) }} }} }}
        }}
    }}
}}
"""


def test_rounds_of_a_loop_are_not_taken_for_one_another() -> None:
    assert not install(_ROUNDS.format(count=32, condition="tag != 5")).tested
    assert codes(refuse(lower(_ROUNDS.format(count=32, condition="i < 32")))) == ["TPL014"]


def test_rounds_that_are_not_unrolled_are_not_taken_for_one_another() -> None:
    unknown = {
        condition: {
            each.name
            for each in refuse(lower(_ROUNDS.format(count=2048, condition=condition))).theorems
            if each.status != "proved"
        }
        for condition in ("tag != 5", "i < 32")
    }
    assert unknown["tag != 5"] == {"parts disjoint"}  # of two rounds nothing is known
    assert unknown["i < 32"] == {"parts disjoint", "parts told apart by the discriminator"}


def test_declarations_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    template = make_pointers()
    many = (Extent(0, 1),) * (limits.MAX_EXTENTS + 1)
    assert _refuse(replace(template, raw_read=many)) == ["TPL003"]
    assert _refuse(replace(template, kinds=template.kinds * (limits.MAX_KINDS + 1))) == ["TPL003"]
    monkeypatch.setattr(limits, "MAX_METHODS", 0)
    assert _refuse(template) == ["TPL003"]


def test_parts_of_parts_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_NESTED_PARTS", 2)
    levels = "".join(
        f"""
template level{number} : 8 bytes {{
    layout {{ tag: u32le }}
    discriminator tag
    partition low {{
        if tag == 1 {{ part(0, level{number + 1}) }}
        else if tag == 2 {{ part(0, level{number + 1}) }}
    }}
}}
"""
        for number in range(3)
    )
    refusal = refuse(lower(levels + "template level3 : 8 bytes { layout { x: u32le } }"))
    assert set(codes(refusal)) == {"TPL040"}


def test_all_theorems_about_one_template_have_a_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "Z3_TEMPLATE_RLIMIT", 1)
    refusal = refuse({"pointers": replace(make_pointers(), methods=())})
    assert codes(refusal)[-1] == "TPL040"
