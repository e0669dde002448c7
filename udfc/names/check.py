"""Declarations that nobody uses are judged too: a mistake is one wherever it stands.

In: the scope. Out: nothing, or a refusal.
"""

from __future__ import annotations

from grammar.fields.constant import evaluate_constant
from grammar.fields.layout import Structs
from udfc.names.scope import Scope


def check_declarations(scope: Scope, structs: Structs) -> None:
    """Evaluate every constant, and lay out every struct.

    Raises:
        Refused: UDF010 to UDF023.
    """
    for constant in scope.constants.values():
        evaluate_constant(scope, constant.value)
    for name in scope.structs:
        structs.find(name)
