"""What all tests of XN share: types are compiled and proved once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.xn.bench import Bench, Forms
from vm.xn.types import TypeLibrary


@pytest.fixture(scope="session")
def library() -> TypeLibrary:
    return TypeLibrary()


@pytest.fixture(scope="session")
def forms() -> Forms:
    return Forms()


@pytest.fixture
def make_bench(library: TypeLibrary, forms: Forms) -> Callable[..., Bench]:
    def make(*arguments: Any, **options: Any) -> Bench:
        return Bench(library, forms, *arguments, **options)

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()
