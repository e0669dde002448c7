"""Random resolved filters: fields, shifts and chains that overlap and depend on each other; messages."""

from __future__ import annotations

from hypothesis import strategies as st

from dpfc import formula as f

START = f.Start()
HERE = f.Here()


def _field(base: f.Base, offset: int, bits: int, little: bool = False) -> f.Field:
    return f.Field(base, offset, bits, little)


JUMP = f.Shift(START, f.Arithmetic("*", _field(START, 4, 4), f.Number(4)))
FAR = f.Shift(JUMP, f.Arithmetic("+", _field(JUMP, 0, 8), f.Number(3)))
CHAIN = f.Chain(
    JUMP,
    _field(JUMP, 8, 8),
    (
        f.ChainLink(
            ((0, 2),), f.And(()), _field(HERE, 0, 8), f.Arithmetic("+", _field(HERE, 12, 4), f.Number(1))
        ),
        f.ChainLink(((3, 3),), f.Test(_field(HERE, 0, 1), ((0, 0),)), _field(HERE, 3, 5), f.Number(2)),
    ),
    4,
)
BASES = (START, JUMP, FAR, f.ChainEnd(CHAIN))

SUBJECTS: tuple[f.Expression, ...] = (
    *(
        _field(base, offset, bits)
        for base in BASES
        for offset, bits in ((0, 8), (8, 16), (3, 5), (13, 6), (16, 64))
    ),
    _field(START, 5, 62),
    _field(START, 8, 40),
    _field(JUMP, 8, 24, little=True),
    f.ChainKey(CHAIN),
    f.Captured(),
    f.Comparing("<=", _field(START, 0, 8), _field(JUMP, 0, 8)),
    f.Arithmetic("%", _field(START, 0, 16), f.Number(7)),
    f.Arithmetic("^", _field(START, 8, 8), _field(START, 16, 8)),
)

numbers = st.one_of(st.integers(0, 12), st.integers(0, 255), st.sampled_from((0x0800, 0xFFFF, (1 << 64) - 1)))


@st.composite
def value_sets(draw: st.DrawFn) -> f.ValueSet:
    """Draw a normalized set of one to three intervals, or rarely many single values."""
    if draw(st.integers(0, 9)) == 0:
        return tuple((number * 3, number * 3) for number in range(draw(st.integers(9, 40))))
    edges = sorted(draw(st.lists(numbers, min_size=2, max_size=6, unique=True)))
    pairs = list(zip(edges[::2], edges[1::2]))
    result: list[f.Interval] = []
    for low, high in pairs:
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], high)
        else:
            result.append((low, high))
    return tuple(result)


tests = st.builds(f.Test, st.sampled_from(SUBJECTS), value_sets())

formulas: st.SearchStrategy[f.Formula] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(f.And, st.lists(inner, max_size=4).map(tuple)),
        st.builds(f.Or, st.lists(inner, max_size=3).map(tuple)),
        st.builds(f.Not, inner),
    ),
    max_leaves=8,
)

messages = st.one_of(
    st.binary(max_size=48),
    st.lists(st.integers(0, 6), max_size=48).map(bytes),  # small numbers: short shifts, keys of the chain
)
