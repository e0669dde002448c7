"""The induction, tried out: a method run on many objects, what is owned counted before and after.

Written from docs/udf.md and the conventions of runtime.template.nodes alone: it shares nothing with the
prover, nor with the replay of its counterexamples, but the interpreter.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from runtime.check.walk import walk_body
from runtime.ir.interpret import prepare_function
from runtime.ir.nodes import Constant
from runtime.template.nodes import Method, Parameter, Template

_WRAP = 1 << 64
_ALL = 32  # partitions that are all looked at; of more, some


@dataclass(frozen=True)
class Breach:
    meta: bytes
    numbers: tuple[int, ...]
    reason: str


class Brute:
    """A template whose partitions are asked one by one."""

    def __init__(self, template: Template, chance: random.Random) -> None:
        self.template, self.chance = template, chance
        self.owns = prepare_function(template.owns)
        self.partitions = prepare_function(template.partitions)

    def find_breach(self, method: Method, trials: int) -> Breach | None:
        """Return an object and arguments for which the method does not do what it says."""
        body, changes = prepare_function(method.body), prepare_function(method.changes)
        parameters = (*self.template.parameters, *method.parameters)
        special = _special_numbers(self.template, method)
        for _ in range(trials):
            pool = self._make_pool(special)
            meta = self._make_object(pool)
            numbers = tuple(self._make_number(each, pool, special) for each in parameters)
            arguments = b"".join(n.to_bytes(8, "little") for n in numbers) or bytes(8)
            after = bytearray(meta)
            regions = {"meta": after, "arguments": arguments}
            claims = changes.run({"meta": meta, "arguments": arguments}).emitted
            if body.run(regions).results != (0,):
                if after != meta:
                    return Breach(meta, numbers, "refused, and changed")
                continue
            own = arguments[: 8 * len(self.template.parameters)] or bytes(8)
            reason = self._compare(meta, bytes(after), own, claims, numbers)
            if reason:
                return Breach(meta, numbers, reason)
        return None

    def _compare(
        self,
        meta: bytes,
        after: bytes,
        own: bytes,
        claims: tuple[tuple[int, ...], ...],
        numbers: tuple[int, ...],
    ) -> str:
        (count,) = self.partitions.run({"arguments": own}, (len(meta),)).results
        listed = {each[1] for each in claims if each[0] == 2 and each[1] < count}
        before_all: list[tuple[int, ...]] = []
        after_all: list[tuple[int, ...]] = []
        for p in self._choose(count, listed, numbers):
            old, new = self._ask(meta, own, p), self._ask(after, own, p)
            if p in listed:
                before_all += old
                after_all += new
            elif not self._same(old, new):
                return f"partition {p} is not listed: {old} -> {new}"
        before_all += [each[1:] for each in claims if each[0] == 0]
        after_all += [each[1:] for each in claims if each[0] == 1]
        return "" if self._same(before_all, after_all) else f"{before_all} is not {after_all}"

    def _choose(self, count: int, listed: set[int], numbers: tuple[int, ...]) -> Iterator[int]:
        """Yield the partitions that are looked at: all, or those that are listed or easily confused."""
        if count <= _ALL:
            yield from range(count)
            return
        near = {n + step for n in (*listed, *numbers, 0, count - 1) for step in (-1, 0, 1)}
        near |= {self.chance.randrange(count) for _ in range(4)} | listed
        yield from sorted(n for n in near if 0 <= n < count)

    def _ask(self, meta: bytes, own: bytes, partition: int) -> list[tuple[int, ...]]:
        return list(self.owns.run({"meta": meta, "arguments": own}, (partition,)).emitted)

    def _same(self, one: list[tuple[int, ...]], other: list[tuple[int, ...]]) -> bool:
        """Say whether the same objects, and of data the same blocks, are owned equally often."""
        places = [n % _WRAP for each in (*one, *other) for n in (each[0], each[0] + each[1])]
        return self._tally(one, tuple(places)) == self._tally(other, tuple(places))

    def _tally(self, tuples: list[tuple[int, ...]], places: tuple[int, ...]) -> Counter[object]:
        found: Counter[object] = Counter()
        for each in tuples:
            kind = self.template.kinds[each[2]]
            if kind.mode == "own" and kind.template == "data":
                found.update(place for place in places if (place - each[0]) % _WRAP < each[1])
            else:
                found[(each[0], each[1], kind.mode, kind.template, each[3 : 3 + kind.arguments])] += 1
        return found

    def _make_pool(self, special: list[int]) -> list[int]:
        """Return few numbers, so that something is equal to something."""
        chance = self.chance
        some = [chance.choice(special) for _ in range(chance.randrange(1, 5))]
        return [0, 1, chance.randrange(1 << chance.choice((4, 12, 24, 32, 64))), *some]

    def _make_object(self, pool: list[int]) -> bytes:
        """Return an object with numbers of the pool in its fields, or anywhere."""
        chance, size = self.chance, self.template.maximum
        if not self.template.constant:
            size = chance.choice((size, size // 2, chance.randrange(size + 1)))
        if chance.randrange(8) == 0:
            return chance.randbytes(size)
        if chance.randrange(4) == 0:
            pool = [0] * 24 + pool  # runs of pointers are set only where there are none
        width = chance.choice((1, 2, 4, 4, 8))
        words = (chance.choice(pool) % (1 << 8 * width) for _ in range(size // width + 1))
        meta = bytearray(b"".join(word.to_bytes(width, "little") for word in words)[:size])
        for field in self.template.fields if chance.randrange(4) else ():
            if field.bits % 8 == 0 and field.count:
                for number in range(min(field.count, 64)):
                    at, end = field.offset + number * field.stride // 8, field.bits // 8
                    value = chance.choice(pool) % (1 << field.bits)
                    meta[at : at + end] = value.to_bytes(end, "big" if field.order == "be" else "little")
        return bytes(meta[:size])

    def _make_number(self, parameter: Parameter, pool: list[int], special: list[int]) -> int:
        chance = self.chance
        low, high = chance.choice(parameter.allowed)
        near = [n for n in (*pool, low, high) if low <= n <= high]
        far = [n for n in special if low <= n <= high] or near
        return chance.choice((chance.choice(near), chance.choice(far), min(high, low + chance.randrange(20))))


def _special_numbers(template: Template, method: Method) -> list[int]:
    """Return the numbers of the text and their neighbours: mistakes show there."""
    bodies = (method.body.body, method.changes.body, template.owns.body, template.partitions.body)
    constants = {each.number for body in bodies for each in walk_body(body) if isinstance(each, Constant)}
    return sorted({n + step for n in constants for step in (-1, 0, 1) if 0 <= n + step < _WRAP})
