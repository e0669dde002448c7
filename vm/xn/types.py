"""Types: sets of templates, proved when they are installed, ready to be asked.

In: the download form of a set, bytes from anybody. Out: `LoadedType`, one template with its number, its kinds
as numbers of the catalogue, and which methods run without a test. A `TypeLibrary` keeps what was proved and
compiled, by the digest of its bytes, so that many kernels (a million reboots of the crash tester) prove once.

XN is particular: blocks have 4,096 bytes, an object of metadata is one block, a block has one owner. So it
refuses templates that share blocks, or that are told by another block what they are (FAT chains), and asks
for the unit each time where it is no constant.

Source: Kaashoek et al., SOSP 1997, section 4.3; ORIGINALS.md 3.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from runtime.diagnostic import Refused
from runtime.ir.nodes import Body, Call, Constant, For, Function, If, Return
from runtime.template.download.form import decode_templates
from runtime.template.engine import Loaded, load_template
from runtime.template.install import install_templates
from runtime.template.nodes import DATA as DATA_NAME
from runtime.template.nodes import Extent, Method, Parameter, Template, TemplateSet
from vm.xn.effort import check_effort, has_few_partitions
from vm.xn.limits import BLOCK, MAX_PARTITIONS, SECTOR
from vm.xn.owned import DATA, Owned, Type
from vm.xn.verdicts import keep_tested, make_key, recall_tested
from vm.xn.wide import WideReads
from vm.xok.refusal import Code, Refusal

SET_SIZE = 256
"""Numbers that a set of types takes in the catalogue."""

_ANSWERS = 256  # that one type remembers

Rows: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class ProvedSet:
    """A set of templates that the kernel has proved.

    Args:
        digest: SHA-256 of the download form.
        templates: by name.
        loaded: the same, ready to run.
        tested: (template, method) of methods that run with the before-and-after test.
    """

    digest: bytes
    templates: TemplateSet
    loaded: dict[str, Loaded]
    tested: frozenset[tuple[str, str]]


class TypeLibrary:
    """Proved sets by the digest of their bytes.

    Args:
        cache: a directory of earlier proofs and machine code; None: prove everything once in this process.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache
        self._sets: dict[bytes, ProvedSet] = {}
        self._numbered: dict[tuple[str, int, bytes], dict[str, LoadedType]] = {}

    def number(self, name: str, number: int, proved: ProvedSet) -> dict[str, LoadedType]:
        """Return the templates of a set with their numbers in a catalogue that has it as number `number`."""
        key = (name, number, proved.digest)
        if key not in self._numbered:
            self._numbered[key] = _number_types(name, number, proved)
        return self._numbered[key]

    def prove(self, form: bytes, digest: bytes | None = None) -> ProvedSet:
        """Return the set that `form` holds.

        Args:
            form: the download form, from anybody.
            digest: its SHA-256, where it is known.

        Raises:
            Refusal: TYPE_REFUSED, with the diagnostics of the kernel's prover.
        """
        digest = digest or hashlib.sha256(form).digest()
        if digest not in self._sets:
            try:
                templates = decode_templates(form)
                _refuse_strangers(templates)
                tested = _prove_set(templates, digest, self._cache)
                check_effort(templates)
            except Refused as refused:
                reasons = "; ".join(f"{each.code} {each.message}" for each in refused.diagnostics[:4])
                raise Refusal(Code.TYPE_REFUSED, reasons) from None
            loaded = {name: load_template(each, cache=self._cache) for name, each in templates.items()}
            self._sets[digest] = ProvedSet(digest, templates, loaded, tested)
        return self._sets[digest]


def _prove_set(templates: TemplateSet, digest: bytes, cache: Path | None) -> frozenset[tuple[str, str]]:
    """Return the methods that are tested, of a set that is proved now or was before.

    Raises:
        Refused: it cannot be proved.
    """
    if cache is None:
        return install_templates(templates).tested
    key = make_key(digest)
    tested = recall_tested(cache, key)
    if tested is None:
        tested = install_templates(templates, cache).tested
        keep_tested(cache, key, tested)
    return tested


@dataclass(frozen=True, slots=True)
class Kind:
    """What a number in the third column of `owns` stands for."""

    is_part: bool
    type: Type
    arguments: int


@dataclass(frozen=True, slots=True, eq=False)
class LoadedType:
    """One template of the catalogue.

    Args:
        type: its number.
        name: `SET.TEMPLATE`.
        template: as downloaded.
        run: its functions.
        kinds: what its tuples name, by number.
        methods: by name.
        proved: names of methods that need no test.
        raw_write, raw_read, discriminator: byte ranges (start, end) of the object.
        fixed_unit: blocks have 4,096 bytes whatever the object says, or it owns parts only.
        has_one_partition: every object has: all that it owns and what its partition 0 does are the same.
        few_partitions: no object has more than XN asks about.
        wide: partitions that read more than one sector.
        has_pure_acl: its `acl` is a function of what it is given: it does not ask for the time.
        family: the set that it belongs to, by number.
        answers: what small objects own, as far as somebody has asked lately: `owns` is deterministic, and a
            change of one asks about the same bytes again and again.
    """

    type: Type
    name: str
    template: Template
    run: Loaded
    kinds: tuple[Kind, ...]
    methods: dict[str, Method]
    proved: frozenset[str]
    raw_write: tuple[tuple[int, int], ...]
    raw_read: tuple[tuple[int, int], ...]
    discriminator: tuple[tuple[int, int], ...]
    fixed_unit: bool
    has_one_partition: bool
    few_partitions: bool
    wide: WideReads
    has_pure_acl: bool
    family: dict[Type, LoadedType]
    answers: dict[tuple[bytes, tuple[int, ...], int | None], Rows]

    def list_owned(self, data: bytes, arguments: tuple[int, ...], partition: int | None = None) -> Rows:
        """Return the rows (start, count, kind, arguments ...) that all partitions, or one, own.

        Raises:
            Refusal: UNIT, the object counts in blocks of another size.
        """
        if len(data) > SECTOR:
            return self._ask_owns(data, arguments, partition)
        if partition == 0 and self.has_one_partition:
            partition = None
        question = (data, arguments, partition)
        answer = self.answers.get(question)
        if answer is None:
            answer = self._ask_owns(data, arguments, partition)
            if len(self.answers) >= _ANSWERS:
                self.answers.clear()
            self.answers[question] = answer
        return answer

    def _ask_owns(self, data: bytes, arguments: tuple[int, ...], partition: int | None) -> Rows:
        if partition is None:
            rows = self.run.owns(data, arguments)
        else:
            rows = self.run.owns(data, arguments, partition, 1)
        found = tuple([tuple(row) for row in rows.tolist() if row[1]])  # no blocks: nothing is owned
        if self.fixed_unit or all(self.kinds[row[2]].is_part for row in found):
            return found
        if self.run.unit(data, arguments) != BLOCK:
            raise Refusal(Code.UNIT, f"this `{self.name}` does not count in blocks of {BLOCK} bytes")
        return found

    def takes(self, arguments: Sequence[int], length: int | None = None) -> bool:
        """Say whether there can be an object with these `arguments`; what is not taken owns nothing.

        Args:
            arguments: that an owner passes.
            length: of the object; None: it begins where a block does.
        """
        parameters = self.template.parameters
        if len(arguments) != len(parameters):
            return False
        if find_foreign(parameters, arguments) is not None:
            return False
        if self.few_partitions:
            return True
        return self.run.partitions(self.length if length is None else length, arguments) <= MAX_PARTITIONS

    @property
    def length(self) -> int:
        """The bytes of an object that begins where a block does."""
        return min(self.template.maximum, BLOCK)

    def read_owned(self, row: Sequence[int]) -> Owned:
        """Return a row of `owns` (start, count, kind, arguments ...) as what it means."""
        kind = self.kinds[row[2]]
        return Owned(row[0], row[1], kind.type, tuple(row[3 : 3 + kind.arguments]))


def find_foreign(parameters: Sequence[Parameter], numbers: Sequence[int]) -> int | None:
    """Return which number is the first outside the domain of its parameter; None: all are inside."""
    for place, (parameter, number) in enumerate(zip(parameters, numbers)):
        for low, high in parameter.allowed:
            if low <= number <= high:
                break
        else:
            return place
    return None


def _number_types(name: str, number: int, proved: ProvedSet) -> dict[str, LoadedType]:
    """Return the templates of a set with their numbers in the catalogue."""
    ordered = sorted(proved.templates)
    numbers = {each: Type(SET_SIZE * number + place) for place, each in enumerate(ordered)}
    numbers[DATA_NAME] = DATA
    family: dict[Type, LoadedType] = {}
    for each in ordered:
        family[numbers[each]] = _load_type(name, each, proved, numbers, family)
    return {each: family[numbers[each]] for each in ordered}


def _load_type(
    set_name: str, name: str, proved: ProvedSet, numbers: dict[str, Type], family: dict[Type, LoadedType]
) -> LoadedType:
    template = proved.templates[name]
    kinds = tuple(Kind(k.mode == "part", numbers[k.template], k.arguments) for k in template.kinds)
    methods = {method.name: method for method in template.methods}
    owns = any(kind.mode == "own" for kind in template.kinds)
    fixed_unit = not owns or _is_constant(template.unit, BLOCK)
    # What is proved holds in blocks of any size: of another one, XN lets no object own anything.
    safe = [method for method in methods if fixed_unit and (name, method) not in proved.tested]
    ranges = (template.raw_write, template.raw_read, template.discriminator)
    raw_write, raw_read, discriminator = (_bound_extents(template, each) for each in ranges)
    return LoadedType(
        numbers[name],
        f"{set_name}.{name}",
        template,
        proved.loaded[name],
        kinds,
        methods,
        frozenset(safe),
        raw_write,
        raw_read,
        discriminator,
        fixed_unit,
        _is_constant(template.partitions, 1),
        has_few_partitions(template),
        WideReads(proved.loaded[name]),
        template.acl is not None and not _calls(template.acl.body),
        family,
        {},
    )


def _calls(body: Body) -> bool:
    """Say whether a function asks the kernel for something, such as the time."""
    for each in body:
        match each:
            case Call():
                return True
            case If(then=then, otherwise=otherwise):
                if _calls(then) or _calls(otherwise):
                    return True
            case For(body=inner):
                if _calls(inner):
                    return True
            case _:
                continue
    return False


def _bound_extents(template: Template, extents: tuple[Extent, ...]) -> tuple[tuple[int, int], ...]:
    """Return byte ranges (start, end), adjoining ones joined."""
    found: list[tuple[int, int]] = []
    for each in sorted(extents, key=lambda extent: extent.offset):
        end = template.maximum if each.length is None else each.offset + each.length
        if found and each.offset <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((each.offset, end))
    return tuple(found)


def _refuse_strangers(templates: TemplateSet) -> None:
    """Refuse what XN has no meaning for."""
    for name, template in templates.items():
        if any(kind.mode == "like" for kind in template.kinds):
            raise Refusal(
                Code.TYPE_REFUSED, f"`{name}` owns blocks `like` another: XN does not follow chains"
            )
        if template.shared is not None:
            raise Refusal(Code.TYPE_REFUSED, f"`{name}` may be shared: in XN a block has one owner")
        if template.constant and template.maximum > BLOCK:
            raise Refusal(Code.TYPE_REFUSED, f"`{name}` has {template.maximum} bytes: an object is one block")


def _is_constant(function: Function, number: int) -> bool:
    """Say whether a function always returns `number`, as its last lines show."""
    last = function.body[-1]
    constants = {
        each.target for each in function.body if isinstance(each, Constant) and each.number == number
    }
    return isinstance(last, Return) and last.values[0] in constants
