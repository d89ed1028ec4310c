"""Personal data: which columns hold it, how it is masked, and keyed pseudonyms that still join.

Floor 2. Sources drop personal columns unless asked to keep them; nothing personal goes into logs, errors, reports or
exports (`domain.md` 6.6).
"""

from tieout.privacy.captions import PII_HEADERS, is_personal
from tieout.privacy.classes import PiiClass
from tieout.privacy.free_text import mask_text
from tieout.privacy.mask_columns import mask_expr
from tieout.privacy.masks import (
    mask,
    mask_account,
    mask_address,
    mask_handle,
    mask_id_number,
    mask_name,
    mask_phone,
)
from tieout.privacy.pseudonyms import Pseudonymizer

__all__ = [
    "PII_HEADERS",
    "PiiClass",
    "Pseudonymizer",
    "is_personal",
    "mask",
    "mask_account",
    "mask_address",
    "mask_expr",
    "mask_handle",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "mask_text",
]
