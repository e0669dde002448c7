"""Trees as a perfect file system would show them."""

from __future__ import annotations

from dataclasses import replace

from vm.crash.apply import ModelRun
from vm.crash.found import Found
from vm.crash.history import ROOT, FileId
from vm.crash.model import Model
from vm.crash.oracle import Breach, judge_tree
from vm.crash.promise import Promise
from vm.crash.workload import Workload


def run_model(workload: Workload, last: int | None = None) -> ModelRun:
    """Do the first `last` operations of a workload, refusals included."""
    run = ModelRun()
    for time, operation in enumerate(workload.run[:last], 1):
        if run.runs(operation):
            try:
                run.apply(operation, time)
            except OSError:
                continue
    run.model.history.now = len(workload.run)
    return run


def show_model(model: Model, file: FileId = ROOT) -> Found:
    """Return the tree of a model, files being numbered from 100."""
    node = model.nodes[file]
    entries = {name: show_model(model, each) for name, each in sorted(node.entries.items())}
    data = bytes(node.data)
    return Found(100 + file, node.kind, node.mode, node.links, len(data), data, node.target, entries)


def number_files(model: Model) -> dict[FileId, int]:
    return {file: 100 + file for file in model.history.kinds}


def judge(workload: Workload, tree: Found, completed: int, started: int | None = None) -> list[Breach]:
    """Judge a tree by what `workload` promises."""
    return judge_model(run_model(workload).model, tree, completed, started)


def judge_model(model: Model, tree: Found, completed: int, started: int | None = None) -> list[Breach]:
    """Judge a tree by what the history of `model` promises."""
    promise = Promise(model.history, completed, completed if started is None else started)
    return judge_tree(promise, tree, number_files(model))


def edit(tree: Found, path: str, **changes: object) -> Found:
    """Return a tree in which the file at `path` is changed; `entries={"x": None}` removes a name."""
    if path:
        name, _, rest = path.partition("/")
        return replace(tree, entries={**tree.entries, name: edit(tree.entries[name], rest, **changes)})
    if isinstance(changes.get("entries"), dict):
        entries = {**tree.entries, **changes["entries"]}  # type: ignore[dict-item]
        changes["entries"] = {name: each for name, each in entries.items() if each is not None}
    return replace(tree, **changes)  # type: ignore[arg-type]
