"""Insertions and deletions one at a time: new shapes, refusals that change nothing, rows that meet later."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import dpfc.classifier as dpfc
from dpfc.answers import Engine
from dpfc.classifier import Classifier
from dpfc.formula import Filter, FilterId
from dpfc.live.state import State
from dpfc.program import Mode
from runtime.diagnostic import Refused

LIBRARY = """
filter conn(a, b) { 0:8 == 1; 1:16 == a; 3:16 == b }
filter to(b) { 0:8 == 1; 3:16 == b }
filter from(a) { 0:8 == 1; 1:16 == a }
filter sum(a) { 0:8 == 2; 1:8 + 2:8 == a }
filter tcp_to(port) { tcp.dport == port }
"""
ENGINES: tuple[Engine, ...] = ("interpreter", "native")
MESSAGES = [bytes([1, 0, a, 0, b]) for a in range(14) for b in range(14)]


def _compile(engine: Engine, mode: Mode = "specific", conns: int = 0) -> Classifier:
    classifier = dpfc.compile(LIBRARY, engine=engine, mode=mode)
    for number in range(conns):
        classifier.insert_instance("conn", a=number, b=number)
    classifier.settle()
    return classifier


def _refuse(classifier: Classifier, text: str) -> str:
    before, names = [classifier.classify(message) for message in MESSAGES], list(classifier.names)
    with pytest.raises(Refused) as refused:
        classifier.insert(text)
    for _ in range(2):
        assert [classifier.classify(message) for message in MESSAGES] == before
        assert list(classifier.names)[: len(names)] == names  # a number may be lost: a reader has seen it
        classifier.settle()
    return refused.value.diagnostics[0].code


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("filter again { 3:16 == 3; 1:16 == 3; 0:8 == 1 }", "DPF071"),
        ("filter bytes { 0:32 == 0x01000300; 4:8 == 3 }", "DPF071"),
        ("filter crossing { 0:8 == 1; 4:8 > 2; 5:8 == 1 }", "DPF072"),
        ("filter wraps { 0:8 == 9; 1:8 - 5 == 3 }", "CHK002"),
        ("filter nothing { nobody.field == 3 }", "DPF010"),
        ("filter broken {", "DPF003"),
        ("instance few = conn(1)", "DPF050"),
        ("filter fine { 0:8 == 77 } filter again { 0:8 == 77 }", "DPF071"),
    ],
)
def test_a_refused_insertion_changes_nothing(engine: Engine, text: str, code: str) -> None:
    classifier = _compile(engine, conns=10)
    assert _refuse(classifier, text) == code


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mode", ["specific", "first", "all"])
def test_a_new_shape_is_answered_at_once_and_after_it_is_compiled(engine: Engine, mode: Mode) -> None:
    classifier = _compile(engine, mode, conns=9)
    number = classifier.insert_instance("to", b=3)
    conn = {"specific": (4,), "first": (4,), "all": (4, number)}[mode]
    for _ in range(2):
        assert classifier.classify(bytes([1, 0, 3, 0, 3])) == conn
        assert classifier.classify(bytes([1, 0, 9, 0, 3])) == (number,)
        assert classifier.classify(bytes([1, 0, 9, 0, 4])) == ()
        classifier.settle()
    classifier.delete(number)
    assert classifier.classify(bytes([1, 0, 9, 0, 3])) == ()
    assert classifier.classify(bytes([1, 0, 3, 0, 3])) == (4,)


@pytest.mark.parametrize("engine", ENGINES)
def test_filters_come_and_go_while_others_are_compiled(engine: Engine) -> None:
    classifier = _compile(engine, conns=9)
    first = classifier.insert_instance("to", b=3)
    second = classifier.insert_instance("sum", a=4)
    row = classifier.insert_instance("conn", a=11, b=11)
    classifier.delete(first, 5)
    third = classifier.insert_instance("sum", a=5)
    expected = {(1, 0, 9, 0, 3): (), (1, 0, 4, 0, 4): (), (1, 0, 11, 0, 11): (row,)}
    expected |= {(2, 2, 2): (second,), (2, 2, 3): (third,)}
    for _ in range(2):
        assert {message: classifier.classify(bytes(message)) for message in expected} == expected
        classifier.settle()


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_meet_that_did_not_when_the_program_was_compiled(engine: Engine) -> None:
    # The order of the tables must be right for rows that come later, whatever it was decided by.
    library = LIBRARY + "filter pair(a, c) priority 1 { 0:8 == 1; 1:16 == a; 5:8 == c }\n"
    lines = [f"instance c{n} = conn({n}, {n})\ninstance p{n} = pair({n + 100}, {n})" for n in range(9)]
    lines += [f"instance t{n} = to({n + 200})" for n in range(9)]
    classifier = dpfc.compile(library + "\n".join(lines), engine=engine)
    to = classifier.insert_instance("to", b=3)
    pair = classifier.insert_instance("pair", a=3, c=7)
    for _ in range(2):
        assert classifier.classify(bytes([1, 0, 3, 0, 3, 0])) == (7,)
        assert classifier.classify(bytes([1, 0, 2, 0, 3, 0])) == (to,)
        assert classifier.classify(bytes([1, 0, 3, 0, 3, 7])) == (pair,)
        classifier.settle()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_strict_part_is_told_from_a_filter_that_says_the_same(engine: Engine) -> None:
    library = "filter one(p) { 0:16 == p }\nfilter both(p) { 0:16 == p; 1:8 == 5 }"
    lines = [f"instance i{n} = one({n})\ninstance j{n} = both({256 * n + 5})" for n in range(40, 49)]
    classifier = dpfc.compile("\n".join((library, *lines)), engine=engine)
    classifier.insert_instance("one", p=0x0105)
    with pytest.raises(Refused) as refused:
        classifier.insert_instance("both", p=0x0105)
    assert refused.value.diagnostics[0].code == "DPF071"


@pytest.mark.parametrize("engine", ENGINES)
def test_filters_with_a_row_for_each_version_of_ip(engine: Engine) -> None:
    classifier = dpfc.compile(LIBRARY, engine=engine)
    for port in range(9):
        classifier.insert_instance("tcp_to", port=port)
    classifier.settle()
    number = classifier.insert_instance("tcp_to", port=80)
    assert len(classifier.prepare(1).tables) == 2
    four = bytes(12) + b"\x08\x00\x45" + bytes(8) + b"\x06" + bytes(10) + bytes([0, 0, 0, 80])
    six = bytes(12) + b"\x86\xdd\x60" + bytes(5) + b"\x06" + bytes(33) + bytes([0, 0, 0, 80])
    assert classifier.classify(four) == classifier.classify(six) == (number,)
    with pytest.raises(Refused):
        classifier.insert_instance("tcp_to", port="80")
    classifier.delete(number)
    assert classifier.classify(four) == classifier.classify(six) == ()


def test_a_row_of_a_known_shape_is_not_given_a_place_among_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That is of use only where a program is compiled anew, and took most of the time of an insertion."""
    classifier = _compile("interpreter", conns=20)
    placed: list[str] = []
    place_new = State.place_new

    def note(state: State, new: Filter, wins: Mapping[FilterId, bool]) -> tuple[FilterId, ...] | None:
        placed.append(new.name)
        return place_new(state, new, wins)

    monkeypatch.setattr(State, "place_new", note)
    classifier.insert("filter row { 0:8 == 1; 1:16 == 9; 3:16 == 8 }")
    classifier.insert("filter shape { 0:8 == 3; 1:16 == 9 }")
    classifier.settle()
    assert placed == ["shape"]


@pytest.mark.parametrize("numbers", [(0,), (-1,), (1, 1), (1, 99)])
def test_a_number_without_a_filter_cannot_be_deleted(numbers: tuple[int, ...]) -> None:
    classifier = _compile("interpreter", conns=1)
    with pytest.raises(Refused) as refused:
        classifier.delete(*numbers)
    assert refused.value.diagnostics[0].code == "DPF080"
    assert classifier.classify(bytes([1, 0, 0, 0, 0])) == (1,)


def test_unequal_columns_and_wrong_arguments_are_refused() -> None:
    classifier = _compile("interpreter", conns=9)
    with pytest.raises(ValueError, match="same length"):
        classifier.insert_instances("conn", {"a": [1, 2], "b": [1]})
    for columns in ({"a": [1, 2], "b": [3, 70000]}, {"a": [1, 2], "b": [3, -1]}, {"a": [1, 2]}, {"z": [1]}):
        with pytest.raises(Refused):
            classifier.insert_instances("conn", columns)
    with pytest.raises(Refused):
        classifier.insert_instances("nobody", {"a": [1]})
    assert classifier.classify(bytes([1, 0, 1, 0, 3])) == ()
