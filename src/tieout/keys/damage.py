"""Telling how an identifier was damaged.

Dirt can be washed off (`tieout.keys.normalize`); damage is what a file did to the digits themselves. Four kinds lose
digits, two do not. Some are certain from the text, others only likely: `chance` says how often an undamaged number
would look the same, so that a matcher can weigh the suspicion instead of believing it.

A key that certainly lost digits is the finding `data.id_precision_lost` (`domain.md` 2.1) and never joins exactly: see
`exact_key`.
"""

import re
from enum import StrEnum

import attrs

from tieout.keys.normalize import clean_key, normalize_key, unwrapped

__all__ = ["Damage", "DamageKind", "damage", "exact_key"]

SCIENTIFIC = r"([0-9])(?:[.,]([0-9]+))?[eE]\+([0-9]{1,3})|([0-9])[.,]([0-9]+)[eE]([0-9]{1,3})"
"""A sign or a decimal point is needed: `4E27` alone may be an article number."""

FLOAT_SUFFIX = r"([0-9]+)\.0+"
ROUNDED_EXCEL = r"[0-9]{15}0+"
ROUNDED_FLOAT = r"[0-9]{16,17}00+"
BROKEN_CHARACTER = "\N{REPLACEMENT CHARACTER}"
EXCEL_DIGITS = 15
FLOAT_DIGITS = 16


class DamageKind(StrEnum):
    """What happened to the digits."""

    SCIENTIFIC = "scientific"
    """`4.00123E+27`: a spreadsheet or a float printed the number with an exponent."""

    UNDECODABLE = "undecodable"
    """A character was replaced by U+FFFD while the file was decoded."""

    ROUNDED_EXCEL = "rounded_excel"
    """16 digits or more with nothing but zeros after the 15th, which is all that Excel keeps of a number."""

    ROUNDED_FLOAT = "rounded_float"
    """18 digits or more with zeros after the 16th or 17th, which is all that JSON readers keep of a number."""

    FLOAT_SUFFIX = "float_suffix"
    """`435233529604913.0`: a number was written out as a float."""

    LEADING_ZEROS = "leading_zeros"
    """Fewer digits than the ids of this column have: a number does not keep its leading zeros."""

    @property
    def is_lossy(self) -> bool:
        """Whether this kind loses digits; the others are reversible."""
        return self not in {DamageKind.FLOAT_SUFFIX, DamageKind.LEADING_ZEROS}

    @property
    def is_certain(self) -> bool:
        """Whether the text alone proves the damage; the other kinds are suspicions."""
        return self in {DamageKind.SCIENTIFIC, DamageKind.UNDECODABLE, DamageKind.FLOAT_SUFFIX}


@attrs.frozen(kw_only=True)
class Damage:
    """How one id was damaged, and what of it survives.

    Attributes:
        kind: What happened.
        prefix: The leading digits that survive; the last of them may be rounded unless the kind is `rounded_excel`, for
            Excel cuts. Empty when the kind tells nothing of it.
        length: How many digits the undamaged number had; None when unknown.
        restored: The undamaged number where the text still determines it; None where it does not.
        chance: Share of undamaged random numbers that would look the same; 0.0 when the kind is certain, None when
            unknown.
    """

    kind: DamageKind
    prefix: str = ""
    length: int | None = None
    restored: str | None = None
    chance: float | None = 0.0


def damage(text: str | None, *, length: int | None = None) -> Damage | None:
    """The damage that an id shows; None when it shows none. Dirt that `clean_key` takes off is not damage.

    Args:
        text: The cell as it was read.
        length: How many digits an all-digit id of this column has; a shorter one is then taken to have lost leading
            zeros.

    >>> found = damage("2.02606041134381e+27")
    >>> found.kind.value, found.prefix, found.length
    ('scientific', '202606041134381', 28)
    >>> damage("6917926768823640000").kind.is_certain
    False
    >>> damage("12345678", length=11).restored
    '00012345678'

    Raises:
        WrongColumnType: Something else than text or None was given.
    """
    key = clean_key(text)
    if text is None or key is None:
        return None
    if BROKEN_CHARACTER in key:
        return Damage(kind=DamageKind.UNDECODABLE)
    return _scientific(key) or _rounded(key) or _float_suffix(text) or _short(key, length)


def exact_key(text: str | None) -> str | None:
    """`normalize_key`, but None for a key that certainly lost digits: the form that may be joined on exactly.

    Every scientific text counts as lost, also one that happens to show all its digits (`Damage.restored`): a join must
    not be the place where that is decided.

    >>> exact_key("'sf1012345678901"), exact_key("4.00123E+27")
    ('SF1012345678901', None)

    Raises:
        WrongColumnType: Something else than text or None was given.
    """
    found = damage(text)
    return None if found and found.kind.is_lossy and found.kind.is_certain else normalize_key(text)


def _scientific(key: str) -> Damage | None:
    parts = re.fullmatch(SCIENTIFIC, key)
    if not parts:
        return None
    digits = (parts[1] or parts[4]) + (parts[2] or parts[5] or "")
    length = int(parts[3] or parts[6]) + 1
    restored = digits if len(digits) == length else None
    return Damage(kind=DamageKind.SCIENTIFIC, prefix=digits[:length], length=length, restored=restored)


def _rounded(key: str) -> Damage | None:
    if re.fullmatch(ROUNDED_EXCEL, key):
        kind, kept = DamageKind.ROUNDED_EXCEL, EXCEL_DIGITS
    elif re.fullmatch(ROUNDED_FLOAT, key):
        kind, kept = DamageKind.ROUNDED_FLOAT, max(FLOAT_DIGITS, len(key.rstrip("0")))
    else:
        return None
    return Damage(kind=kind, prefix=key[:kept], length=len(key), chance=10.0 ** (kept - len(key)))


def _float_suffix(text: str) -> Damage | None:
    digits = re.fullmatch(FLOAT_SUFFIX, unwrapped(text))
    if not digits:
        return None
    return Damage(kind=DamageKind.FLOAT_SUFFIX, prefix=digits[1], length=len(digits[1]), restored=digits[1])


def _short(key: str, length: int | None) -> Damage | None:
    if length is None or len(key) >= length or not re.fullmatch("[0-9]+", key):
        return None
    return Damage(kind=DamageKind.LEADING_ZEROS, length=length, restored=key.zfill(length), chance=None)
