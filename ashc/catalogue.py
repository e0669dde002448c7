"""Every diagnostic code that `ashc` can give, in one table.

In: the tables of the packages. Out: `CATALOGUE`, by code, in order.
"""

from __future__ import annotations

from ashc.codes_lowering import LOWERING_CODES
from ashc.codes_names import NAMES_CODES
from ashc.codes_text import TEXT_CODES
from runtime.check.codes import CODES as CHECK_CODES
from runtime.codegen.codes import CODES as CODEGEN_CODES
from runtime.diagnostic import CodeEntry
from runtime.handler.codes import CODES as HANDLER_CODES
from runtime.ir.codes import CODES as IR_CODES
from runtime.predicate.codes import CODES as PREDICATE_CODES
from runtime.tables.codes import CODES as TABLE_CODES
from runtime.validate.codes import CODES as VALIDATE_CODES

CATALOGUE: dict[str, CodeEntry] = {
    entry.code: entry
    for entry in (
        *TEXT_CODES,
        *NAMES_CODES,
        *LOWERING_CODES,
        *HANDLER_CODES,
        *PREDICATE_CODES,
        *IR_CODES,
        *CHECK_CODES,
        *TABLE_CODES,
        *CODEGEN_CODES,
        *VALIDATE_CODES,
    )
}
