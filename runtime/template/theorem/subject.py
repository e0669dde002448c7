"""A template's object as terms: any bytes, any length, any arguments that the template allows.

In: a template. Out: `Subject`: its functions, run on those terms. All theorems about a template speak of one
subject; each run has a name, so that what loops leave unknown in two runs is not taken for equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from runtime import limits
from runtime.check import smt
from runtime.check.execute import Executor, Inputs
from runtime.check.memory import ArgumentMemory, Conflicts, Memory, WordMemory
from runtime.check.ranges import Analysis, analyse_function
from runtime.check.smt import Term
from runtime.check.trace import Emission, Trace
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Function, Type
from runtime.template.nodes import ARGUMENTS, META, Kind, Parameter, Template
from runtime.template.policies import arguments_bytes
from runtime.template.theorem.spans import Bytes, at_most, below, equal, word


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run of a function.

    Args:
        trace: what it passed.
        meta: the object's bytes at its end.
    """

    trace: Trace
    meta: Memory

    @property
    def result(self) -> Term:
        """What it returns: its only `return` is its last instruction."""
        return self.trace.returned[-1][1][0]


class Scene:
    """The runs that theorems about partitions speak of: of any two partitions `p` and `q`.

    Each is made when a theorem first asks for it, once for all theorems.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.p, self.q = subject.partition("p"), subject.partition("q")

    @cached_property
    def owns_p(self) -> Run:
        """What `p` owns."""
        return self.subject.owns(self.p, "p")

    @cached_property
    def owns_q(self) -> Run:
        """What `q` owns."""
        return self.subject.owns(self.q, "q")

    @cached_property
    def reads_p(self) -> Run:
        """What `p` may read."""
        return self.subject.reads(self.p, "p")

    @cached_property
    def reads_q(self) -> Run:
        """What `q` may read."""
        return self.subject.reads(self.q, "q")


def set_scene(template: Template, unrolled_limit: int = limits.MAX_UNROLLED) -> Scene:
    """Return the runs of a template; with the limit 0, of any one round of each loop."""
    return Scene(Subject(template, unrolled_limit=unrolled_limit))


@dataclass(frozen=True, slots=True, eq=False)
class PartTerm:
    """Bytes of the object that are an object of their own.

    Args:
        kind: as declared.
        bytes: where.
        arguments: that it is given.
        emission: that says so.
    """

    kind: Kind
    bytes: Bytes
    arguments: tuple[Term, ...]
    emission: Emission


class Subject:
    """The object of the theorems about one template."""

    def __init__(
        self,
        template: Template,
        method_parameters: tuple[Parameter, ...] = (),
        name: str = "",
        unrolled_limit: int = limits.MAX_UNROLLED,
    ) -> None:
        self.template = template
        self.name = name
        self.unrolled_limit = unrolled_limit
        self.parameters = (*template.parameters, *method_parameters)
        self.start = smt.bytes_term(f"{name}meta")
        self.length = word(template.maximum)
        self.axioms: list[Term] = []
        if not template.constant:
            self.length = smt.unknown_term(f"{name}length", Type.U64)
            self.axioms.append(at_most(self.length, word(template.maximum)))
        self.arguments = tuple(  # by number: a method may call a parameter as its template does
            smt.unknown_term(f"{name}argument {number}", Type.U64) for number in range(len(self.parameters))
        )
        self.axioms += [
            in_domain(argument, parameter) for argument, parameter in zip(self.arguments, self.parameters)
        ]
        self._analyses: dict[int, Analysis] = {}
        self.partitions = self.run(template.partitions, "partitions", parameters=(self.length,)).result

    def partition(self, name: str) -> Term:
        """Return any partition number; the axiom says that there is such a partition."""
        number = smt.unknown_term(f"{self.name}{name}", Type.U64)
        self.axioms.append(below(number, self.partitions))
        return number

    def run(
        self,
        function: Function,
        name: str,
        parameters: Sequence[Term] = (),
        meta: Memory | None = None,
        method: bool = False,
    ) -> Run:
        """Return a run of `function` on the object, or on other bytes of its length.

        A function of a method sees the arguments of the method too, all others those of the template only.
        """
        memory = WordMemory(self.start, Conflicts()) if meta is None else meta
        analysis = self._analyses.get(id(function))
        if analysis is None:
            analysis = self._analyses[id(function)] = analyse_function(function)
        arguments = self.arguments if method else self.arguments[: len(self.template.parameters)]
        run = self._execute(function, analysis, name, parameters, memory, arguments, self.unrolled_limit)
        if len(run.trace.emitted) > limits.MAX_TUPLES:  # then loops are not unrolled
            run = self._execute(function, analysis, name, parameters, memory, arguments, 0)
        self.axioms += run.trace.axioms
        return run

    def _execute(
        self,
        function: Function,
        analysis: Analysis,
        name: str,
        parameters: Sequence[Term],
        memory: Memory,
        arguments: tuple[Term, ...],
        unrolled_limit: int,
    ) -> Run:
        lengths = {META: self.length, ARGUMENTS: word(arguments_bytes(len(arguments)))}
        memories: dict[str, Memory] = {META: memory, ARGUMENTS: ArgumentMemory(arguments or (word(0),))}
        inputs = Inputs(lengths, memories, tuple(parameters))
        executor = Executor(function, analysis, inputs, f"{self.name}{name} ", unrolled_limit)
        executor.visit_body(function.body)
        return Run(executor.trace, executor.memories.get(META, memory))

    def owns(self, partition: Term, name: str, meta: Memory | None = None) -> Run:
        """Return what a partition owns."""
        return self.run(self.template.owns, f"owns {name}", (partition,), meta)

    def reads(self, partition: Term, name: str) -> Run:
        """Return what a partition may read."""
        return self.run(self.template.reads, f"reads {name}", (partition, self.length))

    def list_parts(self, run: Run) -> Iterator[PartTerm]:
        """Yield the parts that a run of `owns` emits.

        Raises:
            Refused: TPL040, when too many kinds are possible at too many places.
        """
        left = limits.MAX_TUPLES
        parts = [(n, kind) for n, kind in enumerate(self.template.kinds) if kind.mode == "part"]
        for emission in run.trace.emitted:
            for number, kind in parts:
                meant = equal(emission.words[2], word(number))
                present = smt.conjunction(emission.reached, meant)
                if present is not smt.FALSE:
                    if not left:
                        message = f"`{self.template.name}` has more than {limits.MAX_TUPLES} parts"
                        notes = ("let each tuple have a kind that is a constant",)
                        raise Refused(Diagnostic("TPL040", message, emission.instruction.span, notes))
                    left -= 1
                    arguments = emission.words[3 : 3 + kind.arguments]
                    offset, length = emission.words[:2]
                    yield PartTerm(kind, Bytes(present, offset, length), arguments, emission)


def read_spans(run: Run) -> list[Bytes]:
    """Return the read set that a run of `reads` emits."""
    return [Bytes(each.reached, each.words[0], each.words[1]) for each in run.trace.emitted]


def in_domain(argument: Term, parameter: Parameter) -> Term:
    """Return that `argument` is allowed for `parameter`."""
    allowed: list[Term] = []
    for low, high in parameter.allowed:
        above = smt.TRUE if low == 0 else at_most(word(low), argument)
        under = smt.TRUE if high == Type.U64.maximum else at_most(argument, word(high))
        allowed.append(equal(argument, word(low)) if low == high else smt.conjunction(above, under))
    return smt.disjunction(*allowed)
