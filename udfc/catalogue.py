"""Every diagnostic code that `udfc` can give, in one table.

In: the tables of the packages. Out: `CATALOGUE`, by code, in order.
"""

from __future__ import annotations

from runtime.check.codes import CODES as CHECK_CODES
from runtime.codegen.codes import CODES as CODEGEN_CODES
from runtime.diagnostic import CodeEntry
from runtime.ir.codes import CODES as IR_CODES
from runtime.tables.codes import CODES as TABLE_CODES
from runtime.template.codes import CODES as TEMPLATE_CODES
from runtime.template.download.codes import FORM_CODES
from runtime.validate.codes import CODES as VALIDATE_CODES
from udfc.codes_lowering import LOWERING_CODES
from udfc.codes_names import NAMES_CODES
from udfc.codes_text import TEXT_CODES
from udfc.image.codes import IMAGE_CODES

CATALOGUE: dict[str, CodeEntry] = {
    entry.code: entry
    for entry in (
        *TEXT_CODES,
        *NAMES_CODES,
        *LOWERING_CODES,
        *TEMPLATE_CODES,
        *FORM_CODES,
        *IR_CODES,
        *CHECK_CODES,
        *TABLE_CODES,
        *CODEGEN_CODES,
        *VALIDATE_CODES,
        *IMAGE_CODES,
    )
}
