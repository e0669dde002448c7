"""Threads classify while another inserts and deletes: every answer is one that was right at some time."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

import dpfc.classifier as dpfc
from dpfc.classifier import Classifier
from dpfc.program import Mode
from runtime.load.native import native_available

pytestmark = pytest.mark.skipif(not native_available(), reason="the host does not run x86-64 code")

LIBRARY = """
filter conn(a, b) { 0:8 == 1; 1:32 == a; 5:64 == b }
filter shape(k, a) { 0:8 == k; 1:32 == a; 5:16 == 7 }
"""
KEPT, MOVED = 300, 200


def _message(kind: int, a: int, b: int) -> bytes:
    return bytes([kind]) + a.to_bytes(4, "big") + b.to_bytes(8, "big")


MESSAGES = [_message(1, number, number << 40) for number in range(1, KEPT + MOVED + 1)]
MESSAGES += [_message(kind, 5, 7 << 48) for kind in range(2, 12)]
_LENGTHS = array("I", map(len, MESSAGES))
_OFFSETS = array("Q", (place * len(MESSAGES[0]) for place in range(len(MESSAGES))))


@contextmanager
def _reading(classifier: Classifier, allowed: list[set[int]], threads: int) -> Iterator[list[int]]:
    """Classify on other threads meanwhile; what is yielded gets answers that are not allowed."""
    stop, wrong, rounds = Event(), list[int](), [0] * threads

    def read(thread: int) -> None:
        data = b"".join(MESSAGES)
        while not stop.is_set():
            answers = classifier.classify_batch(data, _OFFSETS, _LENGTHS)
            places = [place for place, number in enumerate(answers.ids) if number not in allowed[place]]
            wrong.extend(answers.ids[place] for place in places)
            rounds[thread] += 1

    readers = [Thread(target=read, args=(thread,)) for thread in range(threads)]
    for reader in readers:
        reader.start()
    try:
        yield wrong
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert all(rounds)


def _make(mode: Mode) -> tuple[Classifier, list[set[int]]]:
    """Return a classifier with the rows that stay, and which answers each message may get."""
    classifier = dpfc.compile(LIBRARY, mode=mode, engine="native")
    stay = range(1, KEPT + 1)
    numbers = [classifier.insert_instance("conn", a=number, b=number << 40) for number in stay[:10]]
    classifier.settle()
    numbers += classifier.insert_instances(
        "conn", {"a": stay[10:], "b": [number << 40 for number in stay[10:]]}
    )
    assert classifier.classify(MESSAGES[20]) == (numbers[20],)
    return classifier, [{number} for number in numbers] + [{0} for _ in MESSAGES[KEPT:]]


@pytest.mark.parametrize("mode", ["specific", "first"])
def test_rows_that_come_and_go_are_found_or_not_and_the_others_always(mode: Mode) -> None:
    classifier, allowed = _make(mode)
    moved = range(KEPT + 1, KEPT + MOVED + 1)
    with _reading(classifier, allowed, threads=2) as wrong:
        for _ in range(4):
            first = len(classifier.names)
            for place in range(MOVED):
                allowed[KEPT + place].add(first + place)
            columns = {"a": moved, "b": [number << 40 for number in moved]}
            numbers = classifier.insert_instances("conn", columns)
            for number in numbers[:50]:
                classifier.delete(number)
            for value in moved[:50]:
                allowed[value - 1].add(len(classifier.names))
                again = classifier.insert_instance("conn", a=value, b=value << 40)
                classifier.delete(again)
            classifier.delete(*numbers[50:])
    assert not wrong
    assert [classifier.classify(message) for message in MESSAGES[KEPT:]] == [()] * len(MESSAGES[KEPT:])


@pytest.mark.parametrize("mode", ["specific", "first"])
def test_new_shapes_are_compiled_while_others_read(mode: Mode) -> None:
    classifier, allowed = _make(mode)
    with _reading(classifier, allowed, threads=1) as wrong:
        shapes = []
        for kind in range(2, 8):
            place = KEPT + MOVED + kind - 2
            allowed[place].add(len(classifier.names))
            shapes.append(classifier.insert_instance("shape", k=kind, a=5))
            assert classifier.classify(MESSAGES[place]) == (shapes[-1],)
        classifier.delete(shapes[0])  # while it is being compiled
        assert classifier.classify(MESSAGES[KEPT + MOVED]) == ()
        classifier.settle()
        assert classifier.classify(MESSAGES[KEPT + MOVED + 1]) == (shapes[1],)
        classifier.delete(*shapes[1:])
        assert classifier.classify(MESSAGES[KEPT + MOVED + 1]) == ()
    assert not wrong


def test_a_deleted_filter_is_no_answer_when_delete_has_returned() -> None:
    classifier, allowed = _make("specific")
    with _reading(classifier, allowed, threads=1) as wrong:
        for value in range(KEPT + 1, KEPT + 101):
            allowed[value - 1].add(len(classifier.names))
            number = classifier.insert_instance("conn", a=value, b=value << 40)
            assert classifier.classify(MESSAGES[value - 1]) == (number,)
            classifier.delete(number)
            assert classifier.classify(MESSAGES[value - 1]) == ()
    assert not wrong
