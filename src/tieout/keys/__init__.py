"""Identifiers: clean, compare, recognise, extract, and tell how they were damaged.

Floor 2. Order numbers, waybills and transaction ids are text; what files do to them is undone here, and what cannot be
undone is named here. Nothing in this room guesses: it returns candidates with what speaks for them.
"""

from tieout.keys.carrier_names import carrier_code, carrier_code_expr
from tieout.keys.carrier_table import Carrier
from tieout.keys.carriers import (
    CARRIERS,
    carrier_of,
    check_state,
    check_state_expr,
    recognize_carrier,
    recognize_carrier_expr,
)
from tieout.keys.damage import Damage, DamageKind, damage, exact_key
from tieout.keys.damage_columns import damage_expr, damaged_rows, exact_key_expr
from tieout.keys.extract import FoundId, IdKind, extract_all_expr, extract_expr, extract_ids
from tieout.keys.normalize import clean_expr, clean_key, normalize_expr, normalize_key
from tieout.keys.patterns import Candidate, CheckState, Confidence, Evidence, Pattern
from tieout.keys.platform_table import PLATFORM_NUMBERS, NumberKind, PlatformNumber
from tieout.keys.platforms import PLATFORMS, recognize_platform, recognize_platform_expr

__all__ = [
    "CARRIERS",
    "PLATFORMS",
    "PLATFORM_NUMBERS",
    "Candidate",
    "Carrier",
    "CheckState",
    "Confidence",
    "Damage",
    "DamageKind",
    "Evidence",
    "FoundId",
    "IdKind",
    "NumberKind",
    "Pattern",
    "PlatformNumber",
    "carrier_code",
    "carrier_code_expr",
    "carrier_of",
    "check_state",
    "check_state_expr",
    "clean_expr",
    "clean_key",
    "damage",
    "damage_expr",
    "damaged_rows",
    "exact_key",
    "exact_key_expr",
    "extract_all_expr",
    "extract_expr",
    "extract_ids",
    "normalize_expr",
    "normalize_key",
    "recognize_carrier",
    "recognize_carrier_expr",
    "recognize_platform",
    "recognize_platform_expr",
]
