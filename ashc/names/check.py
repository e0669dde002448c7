"""Declarations that nobody uses are judged too: a mistake is one wherever it stands.

In: the scope. Out: nothing, or a refusal.
"""

from __future__ import annotations

from ashc.names.header import resolve_layer
from ashc.names.scope import Scope
from grammar.fields.constant import evaluate_constant
from grammar.fields.layout import Structs
from runtime import limits


def check_declarations(scope: Scope, structs: Structs) -> None:
    """Evaluate every constant, lay out every struct, and the messages of every layer.

    Raises:
        Refused: ASH010 to ASH026.
    """
    for constant in scope.constants.values():
        evaluate_constant(scope, constant.value)
    for name in scope.structs:
        structs.find(name)
    for layer in scope.layers.values():
        resolve_layer(structs, layer, limits.MAX_MESSAGE_BYTES)
