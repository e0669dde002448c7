"""Random raw filters: resolved and evaluated as formulas, and evaluated straight from their syntax."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc.language import syntax
from dpfc.language.parse import parse_file
from dpfc.language.write import write_file
from dpfc.naive import Wrapped, accepts
from dpfc.resolve import Resolved, resolve_files
from runtime.diagnostic import Refused
from runtime.source import Source
from tests.dpf.plain import InexactError, says

numbers = st.one_of(st.integers(0, 9), st.integers(0, 255), st.integers(0, (1 << 64) - 1)).map(
    lambda number: syntax.Constant(number, "number")
)
small = st.integers(0, 9).map(lambda number: syntax.Constant(number, "number"))
signs = st.sampled_from(("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"))


def loads(bases: st.SearchStrategy[syntax.Expression]) -> st.SearchStrategy[syntax.Expression]:
    big = st.builds(syntax.RawLoad, bases, st.sampled_from((1, 4, 8, 12, 16, 24, 32, 64)), st.just(False))
    little = st.builds(syntax.RawLoad, bases, st.sampled_from((8, 16, 24, 64)), st.just(True))
    return st.one_of(big, big, little)


offsets = st.one_of(small, small, loads(small))
values = st.one_of(loads(offsets), st.just(syntax.Name("length")))
expressions: st.SearchStrategy[syntax.Expression] = st.recursive(
    values,
    lambda inner: st.one_of(
        st.builds(syntax.Binary, signs, inner, st.one_of(small, numbers)),
        st.builds(syntax.Binary, signs, small, inner),
    ),
    max_leaves=3,
)
items = st.tuples(st.integers(0, 300), st.integers(0, 300)).map(
    lambda ends: syntax.Item(syntax.Constant(min(ends), "number"), syntax.Constant(max(ends), "number"))
)
leaves: st.SearchStrategy[syntax.Condition] = st.one_of(
    st.builds(
        syntax.Compare,
        st.sampled_from(("==", "!=", "<", "<=", ">", ">=")),
        expressions,
        st.one_of(small, small, numbers, expressions),
    ),
    st.builds(syntax.Member, expressions, st.booleans(), st.lists(items, min_size=1, max_size=4).map(tuple)),
    st.builds(syntax.Truth, st.booleans()),
)
several = st.integers(2, 3)
conditions: st.SearchStrategy[syntax.Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(syntax.Negation, inner),
        st.builds(syntax.AllOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(syntax.AnyOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)
statements = st.lists(st.one_of(conditions, conditions, st.builds(syntax.ShiftBy, offsets)), max_size=4).map(
    tuple
)
messages = st.one_of(st.binary(max_size=24), st.lists(st.integers(0, 9), max_size=24).map(bytes))


def resolve(file: syntax.File) -> Resolved | Refused:
    try:
        return resolve_files([file], 1)
    except Refused as refusal:
        return refusal


def judge(text: str) -> str:
    """The code of the refusal of `text`, or nothing."""
    try:
        resolve_files([parse_file(Source("text", text))], 1)
    except Refused as refusal:
        return refusal.diagnostics[0].code
    return ""


def file_of(body: tuple[syntax.Statement, ...]) -> syntax.File:
    return syntax.File(Source("made", ""), (syntax.FilterDeclaration("made", (), None, body),))


@given(statements)
@settings(max_examples=150)
def test_written_programs_parse_to_the_same_tree(body: tuple[syntax.Statement, ...]) -> None:
    file = file_of(body)
    assert parse_file(Source("made", write_file(file))).declarations == file.declarations


@given(statements, st.lists(messages, min_size=1, max_size=6))
@settings(max_examples=200)
def test_formulas_mean_what_was_written(body: tuple[syntax.Statement, ...], inputs: list[bytes]) -> None:
    outcome = resolve(file_of(body))
    if isinstance(outcome, Refused):
        assert outcome.diagnostics[0].code in {"DPF009", "DPF020", "DPF024"}
        return
    formula = outcome.filters[0].formula
    for message in inputs:
        try:
            expected = says(body, message)
            found = accepts(formula, message)
        except (InexactError, Wrapped):
            continue
        assert found == expected, message.hex()


@given(st.text(max_size=80))
@settings(max_examples=200)
def test_any_text_is_a_program_or_refused(text: str) -> None:
    for whole in (text, "filter x { " + text + " }"):
        assert judge(whole) == "" or judge(whole).startswith("DPF0")


WORDS = """
    filter header const set instance on link and or not in shift true tcp udp ipv4.src tcp.dport vlan/vlan.id
    a b { } ( ) , ; : .. == != < <= = + - * / & << @ 0 1 80 0:8 12:16 le ip 10.0.0.1 10.0.0.0/8 ::1 ->
    chain next
"""
words = st.sampled_from(WORDS.split())


@given(st.lists(words, max_size=30))
@settings(max_examples=200)
def test_any_words_are_a_program_or_refused(parts: list[str]) -> None:
    for whole in (" ".join(parts), "filter x { " + " ".join(parts) + " }"):
        assert judge(whole) == "" or judge(whole).startswith("DPF0")
