"""The shipped templates: native code answers what the interpreter answers, between unreadable pages.

Blocks are random, mostly zeros and small numbers; arguments are from their domains, mostly from the ends.
"""

from __future__ import annotations

import mmap
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.load.native import native_available
from runtime.template.download.form import decode_templates, encode_templates
from runtime.template.engine import Loaded, load_template
from runtime.template.nodes import Parameter, TemplateSet
from runtime.template.show import print_templates
from tests.load.edges import make_fenced_page
from udfc.language.find import list_shipped
from udfc.program import compile_templates

_NAMES = list_shipped()
_FEW = (
    ("cffs", "cffs_super"),
    ("cffs", "cffs_sector"),
    ("cffs", "cffs_inode"),
    ("cffs", "cffs_data_single"),
    ("ext", "ext_indirect"),
    ("ext", "ext_directory"),
    ("ffs_example", "ffs_single"),
    ("minix", "minix_inodes"),
    ("minix", "minix_directory"),
    ("ufs", "ufs_indirect"),
    ("xv6", "xv6_map"),
)
_WINDOW = 40  # partitions: the interpreter takes its time

_compile = cache(compile_templates)


@cache
def _load(file: str, name: str) -> tuple[Loaded, Loaded]:
    template = _compile(file)[name]
    return load_template(template, "native"), load_template(template, "interpreter")


def _numbers(parameter: Parameter) -> st.SearchStrategy[int]:
    ends = [end for ends in parameter.allowed for end in ends]
    inside = [st.integers(low, high) for low, high in parameter.allowed]
    return st.one_of(st.sampled_from(ends), *inside)


_PIECES = st.lists(
    st.one_of(
        st.integers(1, 600).map(bytes),
        st.binary(min_size=1, max_size=24),
        st.integers(0, 300).map(lambda number: number.to_bytes(4, "little")),
        st.integers(0, 300).map(lambda number: number.to_bytes(4, "big")),
    ),
    max_size=60,
).map(b"".join)


def _compare(file: str, name: str, data: st.DataObject) -> None:
    native, interpreted = _load(file, name)
    template = native.template
    most = min(template.maximum, mmap.PAGESIZE)
    size = (
        template.maximum if template.constant else data.draw(st.sampled_from([most, most // 2, most - 1, 0]))
    )
    meta = data.draw(_PIECES)[:size].ljust(size, b"\0")
    arguments = tuple(data.draw(_numbers(each)) for each in template.parameters)
    total = interpreted.partitions(size, arguments)
    assert native.partitions(size, arguments) == total
    first = data.draw(st.sampled_from([0, 1, max(0, total - 7), total]))
    outside = size > mmap.PAGESIZE
    with make_fenced_page() as page:
        for start in (0, mmap.PAGESIZE - size) if not outside else (0,):
            view = memoryview(meta) if outside else page[start : start + size]
            if not outside:
                view[:] = meta
            for ask in ("owns", "used"):
                expected = getattr(interpreted, ask)(meta, arguments, first, _WINDOW)
                found = getattr(native, ask)(view, arguments, first, _WINDOW)
                assert np.array_equal(found, expected), ask
            assert np.array_equal(native.names(view, arguments), interpreted.names(meta, arguments))
            for ask in ("unit", "blocks", "shared", "size"):
                if getattr(template, ask) is not None:
                    assert getattr(native, ask)(view, arguments) == getattr(interpreted, ask)(meta, arguments)
            view.release()
    _compare_methods(native, interpreted, meta, arguments, data)


def _compare_methods(
    native: Loaded, interpreted: Loaded, meta: bytes, arguments: tuple[int, ...], data: st.DataObject
) -> None:
    if not native.template.methods:
        return
    method = data.draw(st.sampled_from(native.template.methods))
    given_arguments = tuple(data.draw(_numbers(each)) for each in method.parameters)
    first, second = bytearray(meta), bytearray(meta)
    outcome = interpreted.run_method(method.name, first, arguments, given_arguments)
    assert native.run_method(method.name, second, arguments, given_arguments) == outcome
    assert first == second
    claims = (each.changes(method.name, meta, arguments, given_arguments) for each in (native, interpreted))
    assert np.array_equal(*claims)


@pytest.mark.skipif(not native_available(), reason="needs an x86-64 host")
@pytest.mark.parametrize("file, name", _FEW)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_engines_agree(file: str, name: str, data: st.DataObject) -> None:
    _compare(file, name, data)


@pytest.mark.long
@pytest.mark.skipif(not native_available(), reason="needs an x86-64 host")
@pytest.mark.parametrize("file", _NAMES)
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_engines_agree_on_every_template(file: str, data: st.DataObject) -> None:
    _compare(file, data.draw(st.sampled_from(list(_compile(file)))), data)


@pytest.mark.parametrize("file", _NAMES)
def test_the_download_form_says_all(file: str) -> None:
    templates: TemplateSet = _compile(file)
    encoded = encode_templates(templates)
    again = decode_templates(encoded)
    assert again == templates
    assert encode_templates(again) == encoded
    assert print_templates(dict(sorted(templates.items()))) == print_templates(again)
