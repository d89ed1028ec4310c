"""How files and people harm keys: one function a kind, `(key, dice) -> key`; a kind that cannot happen to a key gives it back as it was.

Not all kinds can be undone. `REVERSIBLE` lose nothing; `LOSSY` need evidence beside the key.
"""

import random
from collections.abc import Callable, Mapping
from decimal import Decimal

__all__ = ["DAMAGES", "LOSSY", "REVERSIBLE", "one_digit_away", "s10_check"]

Damage = Callable[[str, random.Random], str]

_LOOKALIKES = {"0": "O", "1": "I", "5": "S", "8": "B", "O": "0", "I": "1", "S": "5", "B": "8"}
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_EXACT_DIGITS = 15
_S10_LENGTH = 13


def s10_check(serial: str) -> str:
    """Check digit of eight digits of a postal number (UPU S10)."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return str({10: 0, 11: 5}.get(rest, rest))


def one_digit_away(key: str, dice: random.Random) -> str:
    """Somebody else's number that differs in one digit, and in its check digit where it has one."""
    places = [place for place, sign in enumerate(key) if sign.isdigit()]
    if _is_s10(key):
        changed = _other_digit(key, dice.randrange(2, 10), dice)
        return changed[:10] + s10_check(changed[2:10]) + changed[11:]
    return _other_digit(key, dice.choice(places[len(places) // 2 :]), dice)


def _is_s10(key: str) -> bool:
    return len(key) == _S10_LENGTH and key[:2].isalpha() and key[-2:].isalpha()


def _other_digit(key: str, place: int, dice: random.Random) -> str:
    return key[:place] + str((int(key[place]) + dice.randrange(1, 10)) % 10) + key[place + 1 :]


def _replace(key: str, dice: random.Random) -> str:
    return _other_digit(key, dice.choice([place for place, sign in enumerate(key) if sign.isdigit()]), dice)


def _drop(key: str, dice: random.Random) -> str:
    place = dice.randrange(len(key))
    return key[:place] + key[place + 1 :]


def _put_in(key: str, dice: random.Random) -> str:
    place = dice.randrange(len(key) + 1)
    return key[:place] + dice.choice("0123456789") + key[place:]


def _swap(key: str, dice: random.Random) -> str:
    places = [place for place in range(len(key) - 1) if key[place] != key[place + 1]]
    if not places:
        return key
    place = dice.choice(places)
    return key[:place] + key[place + 1] + key[place] + key[place + 2 :]


def _two_edits(key: str, dice: random.Random) -> str:
    first, second = (dice.choices((_replace, _swap, _drop, _put_in), (5, 3, 1, 1))[0] for _ in range(2))
    return second(first(key, dice), dice)


def _zeros_after_15(key: str, _dice: random.Random) -> str:
    """Excel keeps 15 digits of a number and writes zeros for the rest."""
    if not key.isdigit() or len(key) <= _EXACT_DIGITS or key.startswith("0"):
        return key
    return _cut(key)


def _scientific(key: str, digits: int) -> str:
    if not key.isdigit() or key.startswith("0"):
        return key
    mantissa, exponent = f"{Decimal(_cut(key)):.{digits - 1}E}".split("E")
    return f"{mantissa}E+{int(exponent):02d}"


def _cut(key: str) -> str:
    """Excel cuts, it does not round, what it cannot hold; what it shows, it rounds."""
    return key[:_EXACT_DIGITS] + "0" * (len(key) - _EXACT_DIGITS)


def _scientific_15(key: str, _dice: random.Random) -> str:
    return _scientific(key, 15) if len(key) > _EXACT_DIGITS else key


def _scientific_6(key: str, _dice: random.Random) -> str:
    return _scientific(key, 6)


def _point_zero(key: str, _dice: random.Random) -> str:
    return f"{key}.0" if key.isdigit() and len(key) <= _EXACT_DIGITS and not key.startswith("0") else key


def _lost_zeros(key: str, _dice: random.Random) -> str:
    return key.lstrip("0") if key.isdigit() else key


def _lost_prefix(key: str, _dice: random.Random) -> str:
    return key if _is_s10(key) else key.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _added_prefix(key: str, dice: random.Random) -> str:
    return dice.choice(("ZTO", "NO.", "运单号:", "ORD-", "CN")) + key


def _suffix(key: str, dice: random.Random) -> str:
    return key + dice.choice(("-1", "-1-1-", "-01", "_1", "/1", "-2"))


def _wrapped(key: str, dice: random.Random) -> str:
    return dice.choice(("'{}", "`{}", "{}\t", "\t{}", '="{}"', '"{}"')).format(key)


def _full_width(key: str, _dice: random.Random) -> str:
    return key.translate(_WIDE)


def _hyphens(key: str, dice: random.Random) -> str:
    size = dice.choice((3, 4, 5))
    return "-".join(key[start : start + size] for start in range(0, len(key), size))


def _spaces(key: str, dice: random.Random) -> str:
    form = dice.choice((" {}", "{} ", "  {} ", "{}\u00a0", ""))
    return form.format(key) if form else f"{key[:4]} {key[4:8]} {key[8:]}"


def _case(key: str, dice: random.Random) -> str:
    return key.lower() if dice.random() < 0.7 else key.capitalize()


def _lookalike(key: str, dice: random.Random) -> str:
    """One sign read as its double, or all of one."""
    signs = sorted({sign for sign in key if sign in _LOOKALIKES})
    if not signs:
        return key
    sign = dice.choice(signs)
    if dice.random() < 0.3:
        return key.replace(sign, _LOOKALIKES[sign])
    place = dice.choice([place for place, found in enumerate(key) if found == sign])
    return key[:place] + _LOOKALIKES[sign] + key[place + 1 :]


REVERSIBLE: Mapping[str, Damage] = {
    "quotes and wraps": _wrapped,
    "spaces": _spaces,
    "hyphens": _hyphens,
    "case": _case,
    "full width": _full_width,
    "point zero": _point_zero,
}
LOSSY: Mapping[str, Damage] = {
    "edit: replaced": _replace,
    "edit: dropped": _drop,
    "edit: put in": _put_in,
    "edit: swapped": _swap,
    "two edits": _two_edits,
    "zeros after 15": _zeros_after_15,
    "scientific, 15 digits": _scientific_15,
    "scientific, 6 digits": _scientific_6,
    "lost zeros": _lost_zeros,
    "lost prefix": _lost_prefix,
    "added prefix": _added_prefix,
    "parcel suffix": _suffix,
    "lookalikes": _lookalike,
}
DAMAGES: Mapping[str, Damage] = {**REVERSIBLE, **LOSSY}
