"""A template, as downloaded: declarations and IR functions. Nothing here is believed before it is proved.

In: nothing. Out: the types that `udfc` makes, `form` reads and writes, `prove` judges and `engine` runs.

Calling conventions. All functions are about one object. `meta` is the region with its bytes; `arguments` is a
region of one u64le for each parameter of the template (at least 8 bytes long), for methods followed by one
for each parameter of the method. A function whose arguments are outside their domains does nothing: it emits
nothing, and returns 0. Each function has exactly one `return`, its last instruction, so that the kernel may
put its body into a loop.

    function    regions                    parameters               results  emits
    unit        meta, arguments            -                        u64      -
    blocks      meta, arguments            -                        u64      -
    partitions  arguments                  length                   u64      -
    owns        meta, arguments            partition                -        start, count, kind, arguments ...
    reads       arguments                  partition, length        -        offset, length
    used        meta, arguments            partition                -        start, count
    marks       arguments                  length                   u64      -          (partitions of `used`)
    names       meta, arguments            -                        -        offset, length, identity
    identity    arguments                  -                        u64      -
    shared      meta, arguments            -                        u64      -
    acl         meta, after, arguments     credential, operation    u1       -
    size        meta, arguments            -                        u64      -
    body        meta (rw), arguments       -                        u64      -          (of a method)
    changes     meta, arguments            -                        -        change, a, b, kind, arguments ...

All parameters are u64, and so is all that is emitted. A method's body returns 0 when it is done, or k when
its k-th `require` (from 1) does not hold and nothing has been changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from runtime.ir.nodes import Function, Order
from runtime.source import NOWHERE, Span

DATA = "data"
"""The name of the template of bytes without structure: it owns nothing."""

META = "meta"
AFTER = "after"
ARGUMENTS = "arguments"

GIVES, TAKES, TOUCHES = 0, 1, 2
"""The first word of what `changes` emits: a, b and kind are start, count and kind of a tuple that is given or
taken; of TOUCHES, a is the number of a partition that may change."""

Mode: TypeAlias = Literal["own", "part", "like"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that the owner passes on.

    Args:
        name: for diagnostics.
        allowed: ranges (low, high), both included, ascending and disjoint: the domain.
    """

    name: str
    allowed: tuple[tuple[int, int], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Kind:
    """What the third word of an emitted tuple stands for, by its number in `Template.kinds`.

    Args:
        mode: own - blocks start, count are an object; part - bytes offset, length of this object are one;
            like - blocks, whose template is that of the object at the block that is the first argument.
        template: its name, or `data`; empty for like.
        arguments: how many of the words behind the kind are arguments; the rest are 0.
    """

    mode: Mode
    template: str
    arguments: int


@dataclass(frozen=True, slots=True)
class Extent:
    """Bytes `offset` ... `offset + length - 1` of the object; `length` None: up to its end."""

    offset: int
    length: int | None


@dataclass(frozen=True, slots=True)
class Field:
    """A name for bytes: for people who read a hex dump; nothing is proved about it.

    Args:
        name: a path such as `extents.low`.
        offset: in bytes.
        bits: of one element.
        count: of elements, None: as many as fit.
        stride: bits from one element to the next.
        order: of a number's bytes.
    """

    name: str
    offset: int
    bits: int
    count: int | None
    stride: int
    order: Order


@dataclass(frozen=True, slots=True)
class Method:
    """A guarded change.

    Args:
        name: unique in the template.
        parameters: behind the template's own in `arguments`.
        body: changes `meta`, or returns the number of the `require` that does not hold.
        changes: what it claims to give, take and touch, evaluated before the change.
        requires: the text of each `require`, for the message of a refusal.
    """

    name: str
    parameters: tuple[Parameter, ...]
    body: Function
    changes: Function
    requires: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Template:
    """One on-disk type.

    Args:
        name: unique in its set.
        maximum: largest size of an object in bytes.
        constant: True when the size is always `maximum`.
        parameters: what the owner passes on.
        kinds: what is emitted: `owns` and `changes` name a kind by its number here.
        discriminator: bytes that all partitions may read.
        raw_read, raw_write: bytes that applications may touch freely.
        root: where on the device the object lies, in bytes, if it starts a file system.
        sticky: whether access is decided by the nearest ancestor with an `acl`.
        fields: names for bytes.
        (functions): see above; None: not given.
    """

    name: str
    maximum: int
    constant: bool
    parameters: tuple[Parameter, ...]
    kinds: tuple[Kind, ...]
    discriminator: tuple[Extent, ...]
    raw_read: tuple[Extent, ...]
    raw_write: tuple[Extent, ...]
    root: int | None
    sticky: bool
    fields: tuple[Field, ...]
    unit: Function
    partitions: Function
    owns: Function
    reads: Function
    blocks: Function | None = None
    identity: Function | None = None
    shared: Function | None = None
    used: Function | None = None
    marks: Function | None = None
    names: Function | None = None
    acl: Function | None = None
    size: Function | None = None
    methods: tuple[Method, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def words(self) -> int:
        """How many words `owns` emits for each tuple: start, count, kind, the most arguments of a kind."""
        return 3 + max((kind.arguments for kind in self.kinds), default=0)


TemplateSet: TypeAlias = dict[str, Template]
"""Templates by name; what a kind names is in the same set."""
