"""Telling the carrier from a tracking number, and from a name.

Every carrier that a number could be of is returned, with what speaks for it. Bare digits are shared by many carriers,
so they name a carrier at most as a possibility; `Confidence` says which.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import attrs
import polars as pl

from tieout.errors import UnknownCarrier
from tieout.keys.carrier_table import Carrier
from tieout.keys.carriers_china import CHINESE_CARRIERS
from tieout.keys.carriers_china_more import MORE_CHINESE_CARRIERS
from tieout.keys.carriers_postal import POSTAL_CARRIERS
from tieout.keys.carriers_world import WORLD_CARRIERS
from tieout.keys.normalize import normalize_expr, normalize_key
from tieout.keys.pattern_columns import RECOGNITION, check_states, recognize_numbers
from tieout.keys.patterns import Candidate, CheckState, Pattern, candidates

__all__ = ["CARRIERS", "carrier_of", "check_state", "check_state_expr", "recognize_carrier", "recognize_carrier_expr"]

CARRIERS: Mapping[str, Carrier] = MappingProxyType(
    {
        carrier.code: carrier
        for carrier in (*CHINESE_CARRIERS, *MORE_CHINESE_CARRIERS, *WORLD_CARRIERS, *POSTAL_CARRIERS)
    }
)
"""All carriers by code."""

_FORMS = tuple((carrier.code, carrier.patterns) for carrier in CARRIERS.values() if carrier.patterns)


def carrier_of(code: str) -> Carrier:
    """The carrier with that code.

    Raises:
        UnknownCarrier: There is none.
    """
    if code not in CARRIERS:
        raise UnknownCarrier(f"there is no carrier {code!r}; known: {', '.join(sorted(CARRIERS))}")
    return CARRIERS[code]


def recognize_carrier(number: str | None, *, among: Iterable[str] | None = None) -> tuple[Candidate, ...]:
    """All carriers whose numbers look like this one, best first; empty when none does.

    A parcel suffix (`-1`) is ignored.

    Args:
        number: The tracking number.
        among: Codes of the carriers that come into question, such as those the merchant ships with; all when None.

    >>> [(one.code, one.confidence.value) for one in recognize_carrier("1Z 5R8 939 03 5756 712 7")]
    [('ups', 'checked')]
    >>> [(one.code, one.confidence.value) for one in recognize_carrier("773277027280336", among=["sto", "zto"])]
    [('sto', 'shared')]

    Raises:
        UnknownCarrier: A code in `among` is of no carrier.
        WrongColumnType: Something else than text or None was given.
    """
    return candidates(_base(number), [(code, "tracking", patterns) for code, patterns in _forms(among)])


def check_state(number: str | None, *, carrier: str | None = None) -> CheckState:
    """Whether the number's own check digit is right.

    Args:
        number: The tracking number.
        carrier: The carrier it is known to be of. Without it only forms that belong to one carrier are checked, for a
            bare number may be of a carrier without check digits.

    >>> check_state("RB123456785GB"), check_state("RB123456786GB"), check_state("SF1012345678901")
    (<CheckState.PASSED: 'passed'>, <CheckState.FAILED: 'failed'>, <CheckState.ABSENT: 'absent'>)

    Raises:
        UnknownCarrier: There is no such carrier.
        WrongColumnType: Something else than text or None was given.
    """
    found = candidates(_base(number), [("", "tracking", _trusted_forms(carrier))])
    return found[0].confidence.check if found else CheckState.ABSENT


def recognize_carrier_expr(column: pl.Expr, *, among: Iterable[str] | None = None) -> pl.Expr:
    """The best carrier of each number in a column: a struct of `code`, `confidence`, `check`, `rivals`.

    `code` is null when several carriers may be meant; `rivals` counts the others whose form fits. The struct is null
    where no form fits.

    >>> frame = pl.DataFrame({"tracking_no": ["SF1012345678901", "RB123456786GB", "433108924718290"]})
    >>> frame.select(recognize_carrier_expr(pl.col("tracking_no"))).unnest("tracking_no").rows()
    [('sf', 'distinctive', 'absent', 0), ('royal_mail', 'contradicted', 'failed', 0), ('yunda', 'shared', 'absent', 0)]

    Raises:
        UnknownCarrier: A code in `among` is of no carrier.
    """
    return _recognition(column, _forms(among))


def check_state_expr(column: pl.Expr, *, carrier: str | None = None) -> pl.Expr:
    """`check_state` on a column, as text.

    Raises:
        UnknownCarrier: There is no such carrier.
    """
    forms = _trusted_forms(carrier)
    states = normalize_expr(column).map_batches(
        lambda numbers: check_states(_bases(numbers), forms), return_dtype=pl.String, is_elementwise=True
    )
    return states.alias("check")


def _forms(among: Iterable[str] | None) -> Sequence[tuple[str, Sequence[Pattern]]]:
    return _FORMS if among is None else [(code, carrier_of(code).patterns) for code in dict.fromkeys(among)]


def _base(number: str | None) -> str:
    """The normalised number without its parcel suffix; empty when there is none."""
    return (normalize_key(number) or "").partition("-")[0]


def _bases(numbers: pl.Series) -> pl.Series:
    """Normalised numbers without their parcel suffixes."""
    return numbers.str.replace("-.*$", "")


def _recognition(column: pl.Expr, forms: Sequence[tuple[str, Sequence[Pattern]]]) -> pl.Expr:
    return normalize_expr(column).map_batches(
        lambda numbers: recognize_numbers(_bases(numbers), forms), return_dtype=RECOGNITION, is_elementwise=True
    )


def _trusted_forms(code: str | None) -> list[Pattern]:
    """The forms whose check may condemn a number: those of one carrier, or those that only one carrier uses.

    Once the carrier is known, its forms are as good as its own.
    """
    if code is not None:
        return [attrs.evolve(pattern, is_distinctive=True) for pattern in carrier_of(code).patterns]
    return [pattern for _, patterns in _FORMS for pattern in patterns if pattern.is_distinctive]
