"""Harm keys: keys with what harms ask of them, each question answered once."""

from enum import Enum, auto
from functools import cached_property

import attrs
import polars as pl

from tieout.keys import DamageKind, damage_expr
from tieout.matching.conditions._harm_steps import DIGITS_MAX

__all__ = ["FLOAT_LENGTH_MIN", "KEPT_MIN", "SHORT_MIN", "SUFFIXED", "HarmKeys", "Meant", "looks_harmed"]

KEPT_MIN = 8
"""Characters that must be left of a key without its prefix or suffix: fewer are shared by chance."""
SHORT_MIN = 6
"""Characters without leading zeros, or with look-alikes."""
FLOAT_LENGTH_MIN = 18
"""Digits from which a float's print can be told from any number."""
SUFFIXED = "[-_][0-9]{1,3}$"
_LENGTH_MIN = 8
"""Digits of a whole id; below that nothing writes exponents."""
_KEY = pl.col("key")
_ROUNDED = "^[1-9][0-9]{14}0+$|^[1-9][0-9]{15,16}00+$"
_SCIENTIFIC = r"^[1-9](?:[.,][0-9]+)?E\+?[0-9]{1,3}$"
_KINDS = [kind.value for kind in (DamageKind.ROUNDED_EXCEL, DamageKind.ROUNDED_FLOAT, DamageKind.SCIENTIFIC)]


class Meant(Enum):
    """What is found of a key of which so little is left that too many may be meant."""

    NOTHING = auto()
    ALL = auto()
    TOO_MANY = auto()  # some of them, so many that they are too many


def looks_harmed(key: pl.Expr) -> pl.Expr:
    """Whether a key ends in zeros where numbers lose digits, or is written with an exponent."""
    return key.str.contains(f"{_ROUNDED}|{_SCIENTIFIC}")


_LOOKS = {
    "led by zeros": _KEY.str.contains("^0+[1-9][0-9]{5,}$"),
    "suffixed": _KEY.str.contains(SUFFIXED),
    "longer, with a sign": (_KEY.str.len_bytes() > KEPT_MIN) & _KEY.str.contains("[^0-9]"),
    "lettered": _KEY.str.contains("[OISB]") & (_KEY.str.len_chars() >= SHORT_MIN),
    "number": _KEY.str.contains("^[1-9][0-9]*$"),
    "long number": _KEY.str.contains(f"^[1-9][0-9]{{{FLOAT_LENGTH_MIN - 1},{DIGITS_MAX - 1}}}$"),
    "harmed": looks_harmed(_KEY),
}


@attrs.frozen(eq=False, slots=False)
class HarmKeys:
    """Keys that may be harmed, or whole.

    Attributes:
        frame: Columns id, key and block.
        meant: What is found where too many may be meant.
    """

    frame: pl.DataFrame
    meant: Meant = Meant.NOTHING
    _looking: dict[str, pl.DataFrame] = attrs.field(factory=dict, init=False, repr=False)

    def that_look(self, look: str) -> pl.DataFrame:
        """Those of the keys that look so, one of `_LOOKS`."""
        if look not in self._looking:
            self._looking[look] = self.frame.filter(_LOOKS[look])
        return self._looking[look]

    @cached_property
    def damaged(self) -> pl.DataFrame:
        """Numbers that lost digits: id, key, block, begin (digits that are left), kept (how many), length, kind."""
        suspects = self.that_look("harmed")
        if suspects.is_empty():
            nothing = {"length": pl.Int64, "begin": pl.String, "kept": pl.UInt32, "kind": pl.String}
            return pl.DataFrame(schema={**suspects.schema, **nothing})
        damages = suspects.select("key").unique().with_columns(damage=damage_expr(_KEY)).unnest("damage")
        is_shorter = pl.col("prefix").str.len_bytes() < pl.col("length")
        damages = damages.filter(
            pl.col("kind").is_in(_KINDS),
            is_shorter | pl.col("restored").is_not_null(),
            pl.col("length").is_between(_LENGTH_MIN, DIGITS_MAX),
        )
        found = suspects.join(damages, on="key", maintain_order="left")  # a key may stand in many blocks
        return found.select(
            "id", "key", "block", "length", "kind", begin="prefix", kept=pl.col("prefix").str.len_bytes()
        )

    @property
    def rounded(self) -> pl.DataFrame:
        """Of these, the rounded ones."""
        return self.damaged.filter(pl.col("kind") != DamageKind.SCIENTIFIC.value)

    @property
    def scientific(self) -> pl.DataFrame:
        """Of these, those written with an exponent."""
        return self.damaged.filter(pl.col("kind") == DamageKind.SCIENTIFIC.value)
