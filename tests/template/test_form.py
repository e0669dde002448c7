"""The download form of templates: what is written is read back; damage is refused or makes no difference."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runtime import limits
from runtime.diagnostic import Refused
from runtime.ir.nodes import Order
from runtime.template.download.codes import FORM_CODES
from runtime.template.download.form import decode_templates, digest_template, encode_templates
from runtime.template.nodes import Extent, Field, Kind, Parameter, Template, TemplateSet
from runtime.template.show import print_template, print_templates
from tests.template.samples import make_directory, make_pointers, make_samples

_SAMPLES = make_samples()
_BYTES = encode_templates(_SAMPLES)
_POINTERS = encode_templates({"pointers": make_pointers()})
_WORDS = st.integers(0, (1 << 64) - 2)
_TEXTS = st.text(max_size=20).filter(lambda text: text.isprintable())
_ORDERS: tuple[Order, ...] = ("be", "le")


@st.composite
def _ranges(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    ends = sorted(draw(st.sets(_WORDS, max_size=6)))
    return tuple(zip(ends[::2], ends[1::2]))


_EXTENTS = st.lists(st.builds(Extent, _WORDS, st.none() | _WORDS), max_size=3).map(tuple)
_FIELDS = st.builds(Field, _TEXTS, _WORDS, _WORDS, st.none() | _WORDS, _WORDS, st.sampled_from(_ORDERS))
_KINDS = st.one_of(
    st.builds(Kind, st.sampled_from(["own", "part"]), st.sampled_from(["data", "sample"]), _WORDS),
    st.builds(Kind, st.just("like"), st.just(""), _WORDS),
)


@st.composite
def _templates(draw: st.DrawFn) -> Template:
    """Samples with other declarations: the form does not ask whether they make sense."""
    names = draw(st.lists(st.from_regex(r"[a-z_][a-z0-9_]{0,9}", fullmatch=True), unique=True, max_size=4))
    return replace(
        draw(st.sampled_from(list(_SAMPLES.values()))),
        name="sample",
        maximum=draw(_WORDS),
        constant=draw(st.booleans()),
        parameters=tuple(Parameter(name, draw(_ranges())) for name in names),
        kinds=tuple(draw(st.lists(_KINDS, max_size=3))),
        discriminator=draw(_EXTENTS),
        raw_read=draw(_EXTENTS),
        raw_write=draw(_EXTENTS),
        root=draw(st.none() | _WORDS),
        sticky=draw(st.booleans()),
        fields=tuple(draw(st.lists(_FIELDS, max_size=3))),
    )


@given(_templates())
def test_what_is_written_is_read_back(template: Template) -> None:
    assert decode_templates(encode_templates({"sample": template})) == {"sample": template}


def test_the_samples_are_read_back() -> None:
    assert decode_templates(_BYTES) == _SAMPLES
    assert decode_templates(encode_templates({})) == {}


def test_equal_sets_have_equal_bytes() -> None:
    backwards = dict(reversed(_SAMPLES.items()))
    assert encode_templates(backwards) == _BYTES


def _read(data: bytes) -> TemplateSet | str:
    try:
        return decode_templates(data)
    except Refused as refused:
        return refused.diagnostics[0].code


def _is_canonical(data: bytes) -> bool:
    """Whether the data is refused with a known code, or is the one form of what it says."""
    found = _read(data)
    if isinstance(found, str):
        return found in {entry.code for entry in FORM_CODES} or found.startswith("IR")
    return encode_templates(found) == data


@given(st.integers(0, len(_BYTES) - 1), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_a_changed_byte_is_refused_or_means_what_it_says(place: int, byte: int) -> None:
    assert _is_canonical(_BYTES[:place] + bytes([byte]) + _BYTES[place + 1 :])


@given(st.integers(0, len(_BYTES)), st.integers(0, 8), st.binary(max_size=8))
@settings(max_examples=300, deadline=None)
def test_spliced_data_is_refused_or_means_what_it_says(place: int, removed: int, inserted: bytes) -> None:
    assert _is_canonical(_BYTES[:place] + inserted + _BYTES[place + removed :])


@given(st.binary(max_size=200))
@example(b"")
def test_random_data_is_refused_or_means_what_it_says(data: bytes) -> None:
    assert _is_canonical(data)
    assert _is_canonical(b"XUT1\x01" + data)


@pytest.mark.parametrize("length", range(len(_POINTERS)))
def test_every_truncation_is_refused(length: int) -> None:
    assert _read(_POINTERS[:length]) == ("TPL081" if length < 5 else "TPL082")


_HEADER = b"XUT1\x01"
_START = _HEADER + b"\x01\x01t"  # one template, t


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"XUT1\x02\x00", "TPL081"),
        (b"XIR1\x01\x00", "TPL081"),
        (_HEADER + b"\x00\x00", "TPL083"),
        (_HEADER + b"\x81\x02" + bytes(999), "TPL084"),  # 257 templates
        (_HEADER + b"\x80\x00", "TPL085"),  # 0 in two bytes
        (_HEADER + b"\x01\x0121", "TPL087"),  # a template called 2
        (_HEADER + b"\x01\x02\xff\xff", "TPL087"),
        (_START + b"\x08", "TPL086"),  # an unknown flag
        (_START + b"\x00\x40\x11" + bytes(99), "TPL084"),  # 17 parameters
        (_START + b"\x00\x40\x01\x01p\x02\x05\x01\x06\x00", "TPL088"),  # 5..6 and 6..6
        (_START + b"\x00\x40\x01\x01p\x01\x01" + b"\xff" * 9 + b"\x01", "TPL088"),  # 1..2**64
        (_START + b"\x00\x40\x02\x01p\x00\x01p\x00", "TPL088"),  # two parameters p
        (_START + b"\x00\x40\x00\x01\x03", "TPL086"),  # a kind of mode 3
    ],
)
def test_damage(data: bytes, expected: str) -> None:
    assert _read(data) == expected


def test_a_set_is_closed_and_ascending() -> None:
    directory, pointers = make_directory(), make_pointers()
    foreign = replace(pointers, kinds=(Kind("own", "elsewhere", 0),))
    assert _read(encode_templates({"pointers": foreign})) == "TPL088"
    both = encode_templates({"directory": directory, "pointers": pointers})
    swapped = encode_templates({"directory": pointers, "pointers": directory})
    assert isinstance(_read(both), dict)
    assert _read(swapped) == "TPL088"
    assert _read(encode_templates({"a": pointers, "b": pointers})) == "TPL088"


def test_a_badly_formed_function_is_refused_and_named() -> None:
    pointers = make_pointers()
    broken = replace(pointers, unit=replace(pointers.unit, body=pointers.unit.body[:-1]))
    with pytest.raises(Refused) as caught:
        decode_templates(encode_templates({"pointers": broken}))
    first = caught.value.diagnostics[0]
    assert first.code.startswith("IR1")
    assert first.notes[0] == "in `unit` of `pointers`"


def test_data_over_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FORM_BYTES", len(_BYTES) - 1)
    assert _read(_BYTES) == "TPL084"


def test_the_digest_is_of_everything_but_where_it_stood() -> None:
    pointers = make_pointers()
    digest = digest_template(pointers)
    assert digest == digest_template(make_pointers())
    others = (
        replace(pointers, sticky=False),
        replace(pointers, methods=()),
        replace(pointers, owns=replace(pointers.owns, emit_limit=2)),
        replace(pointers, fields=()),
    )
    assert len({digest, *map(digest_template, others)}) == 1 + len(others)


def test_the_text_shows_every_declaration_and_function() -> None:
    text = print_templates(_SAMPLES)
    assert text.count("\nfunc ") == sum(
        1 for template in _SAMPLES.values() for _ in print_template(template).split("\nfunc ")[1:]
    )
    for line in (
        "template runs: up to 512 bytes",
        "  parameter distance in {1..2, 16}",
        "  kind 1: like (2 arguments)",
        "  discriminator @0..4, @8..",
        "  field start @0: u32be[] every 64 bits",
        "  root at 1024",
        "  sticky",
        "    require 2: block != 0",
        "# changes of set",
    ):
        assert line in text.splitlines(), line
