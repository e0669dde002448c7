"""Every diagnostic code of the toolchain, in one table.

In: the tables of the packages. Out: `CATALOGUE`, by code, in order.
"""

from __future__ import annotations

from dpfc.capture.codes import CODES as CAPTURE_CODES
from dpfc.codes import CODES as FILTER_CODES
from dpfc.rules.codes import CODES as RULE_CODES
from runtime.check.codes import CODES as CHECK_CODES
from runtime.codegen.codes import CODES as CODEGEN_CODES
from runtime.diagnostic import CodeEntry
from runtime.ir.codes import CODES as IR_CODES
from runtime.tables.codes import CODES as TABLE_CODES
from runtime.validate.codes import CODES as VALIDATE_CODES

CATALOGUE: dict[str, CodeEntry] = {
    entry.code: entry
    for entry in (
        *FILTER_CODES,
        *CAPTURE_CODES,
        *RULE_CODES,
        *IR_CODES,
        *CHECK_CODES,
        *TABLE_CODES,
        *CODEGEN_CODES,
        *VALIDATE_CODES,
    )
}
