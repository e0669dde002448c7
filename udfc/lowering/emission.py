"""What functions emit: owned blocks, parts, marks and names.

In: a statement and the frame. Out: `emit` instructions. The kind of a tuple is a number in the template's
table of kinds, which is made from the text before anything is lowered.

    own(b, 1, inode(12))    ->  emit %b, %1, %kind, %12, %0
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grammar.fields.refuse import refusal, suggest
from grammar.lowering.expression import lower_number
from grammar.lowering.operand import Known, Operand
from runtime.template.nodes import DATA, Kind, Mode
from udfc.language import syntax
from udfc.lowering.assigned import walk_statements
from udfc.lowering.frame import Frame
from udfc.names.header import Header, list_clauses
from udfc.names.scope import LIKE


def collect_kinds(header: Header, headers: Mapping[str, Header]) -> tuple[Kind, ...]:
    """Return the kinds of all that a template owns and its methods give or take, in order of the text.

    Raises:
        Refused: UDF018 and UDF053 for templates that do not exist or take other arguments.
    """
    found: dict[Kind, None] = {}
    for use, mode in _list_uses(header.declaration):
        found[find_kind(headers, use, mode)] = None
    return tuple(found)


def _list_uses(declaration: syntax.TemplateDeclaration) -> Iterator[tuple[syntax.TypeUse, Mode]]:
    for partition in list_clauses(declaration, syntax.Partition):
        for statement in walk_statements(partition.body):
            match statement:
                case syntax.Own(type=type_):
                    yield type_, "own"
                case syntax.Part(type=type_):
                    yield type_, "part"
                case _:
                    pass
    for method in list_clauses(declaration, syntax.Method):
        for transfer in method.transfers:
            yield transfer.own.type, "own"


def find_kind(headers: Mapping[str, Header], use: syntax.TypeUse, mode: Mode) -> Kind:
    """Return what `use` stands for.

    Raises:
        Refused: UDF053 for a template that does not exist, UDF018 for too many or too few arguments.
    """
    if use.name == LIKE:
        if mode == "part":
            raise refusal(
                "UDF053", "a part is no continuation of another object", use.span, "name its template"
            )
        expected, kind = 1, Kind("like", "", 1)
    elif use.name == DATA:
        expected, kind = 0, Kind(mode, DATA, 0)
    else:
        if use.name not in headers:
            message = f"there is no template `{use.name}`"
            raise refusal("UDF053", message, use.span, suggest(use.name, (*headers, DATA, LIKE)))
        expected = len(headers[use.name].parameters)
        kind = Kind(mode, use.name, expected)
    if len(use.arguments) != expected:
        message = f"`{use.name}` takes {expected} arguments, and here are {len(use.arguments)}"
        raise refusal("UDF018", message, use.span, "give one for each parameter")
    return kind


def lower_own(frame: Frame, own: syntax.Own) -> list[Operand]:
    """Return the tuple that `own` emits."""
    start, count = lower_number(frame, own.start), lower_number(frame, own.count)
    return [start, count, *_lower_use(frame, own.type, "own")]


def lower_part(frame: Frame, part: syntax.Part) -> list[Operand]:
    """Return the tuple that `part` emits.

    Raises:
        Refused: UDF054 if the length is left out and does not follow from the template.
    """
    offset = lower_number(frame, part.offset)
    if part.length is not None:
        length = lower_number(frame, part.length)
    else:
        child = frame.headers.get(part.type.name)
        if child is None or not child.constant:
            message = f"objects of `{part.type.name}` have different lengths"
            raise refusal("UDF054", message, part.span, "write `part(offset, length, type)`")
        length = Known(child.maximum)
    return [offset, length, *_lower_use(frame, part.type, "part")]


def _lower_use(frame: Frame, use: syntax.TypeUse, mode: Mode) -> list[Operand]:
    number = frame.kinds.index(find_kind(frame.headers, use, mode))
    return [Known(number), *(lower_number(frame, each) for each in use.arguments)]


def emit_words(frame: Frame, words: Sequence[Operand], count: int) -> None:
    """Emit `words`, with zeros behind them up to `count`."""
    padded = [*words, *(Known(0) for _ in range(count - len(words)))]
    frame.builder.emit(*(frame.value(each) for each in padded))
