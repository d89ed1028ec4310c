"""One parcel, as a mapping or an object, as a frame of one row."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
from moneyed import Money

from tieout.errors import WrongColumnType
from tieout.tariffs.parcels import PARCEL_COLUMNS

__all__ = ["one_parcel"]

_EXACT: Final = pl.Decimal(28, 8)
_BOX: Final = pl.Struct(dict.fromkeys(("weight_g", "length_cm", "width_cm", "height_cm"), _EXACT))
_TYPES: Final[dict[str, Any]] = {
    "row": pl.Int64,
    "rate_date": pl.Date,
    "weight_g": _EXACT,
    "length_cm": _EXACT,
    "width_cm": _EXACT,
    "height_cm": _EXACT,
    "pieces": pl.List(_BOX),
    "declared_value_minor": pl.Int64,
    "cod_amount_minor": pl.Int64,
    "outward_minor": pl.Int64,
    "is_residential": pl.Boolean,
    "requested": pl.List(pl.String),
    "assumed": pl.List(pl.Int64),
}
_PLACES: Final = ("origin", "dest")
_DIGITS_MAX: Final = 8


def one_parcel(
    parcel: object, *, exponent: int, extra: Sequence[str] = (), timezone: str | None = None
) -> pl.DataFrame:
    """A frame of one row for `rate`.

    Args:
        parcel: A mapping of the columns, or an object with attributes of these names. Records are understood too: places
            under `origin` and `dest`, Money under `declared_value` and `cod_amount`; of a Shipment the day of its pickup,
            of a CourierCharge its own day and the weight that the courier measured or billed.
        exponent: Decimals of the card's currency.
        extra: Further columns that a scenario names.
        timezone: IANA zone in which a pickup's day counts; None leaves a Shipment without a day.

    Raises:
        WrongColumnType: A value is not exact.
    """
    values = {name: _value(parcel, name) for name in (*PARCEL_COLUMNS, *extra)}
    values["row"] = 0 if values["row"] is None else values["row"]
    values["rate_date"] = values["rate_date"] or _get(parcel, "ship_date") or _local_day(parcel, timezone)
    for weight in ("actual_weight_g", "billed_weight_g"):
        values["weight_g"] = _get(parcel, weight) if values["weight_g"] is None else values["weight_g"]
    for name in ("declared_value", "cod_amount"):
        money = _get(parcel, name)
        if isinstance(money, Money) and values[f"{name}_minor"] is None:
            values[f"{name}_minor"] = int(money.amount.scaleb(exponent))
    columns = []
    for name, value in values.items():
        decimal = name in extra and isinstance(value, (Decimal, int))
        dtype = _EXACT if decimal else _TYPES.get(name, pl.String)
        columns.append(pl.Series(name, [_exact(name, value, dtype)], dtype=dtype))
    return pl.DataFrame(columns)


def _local_day(parcel: object, timezone: str | None) -> date | None:
    moment = _get(parcel, "picked_up_at") or _get(parcel, "shipped_at")
    if timezone is None or not isinstance(moment, datetime):
        return None
    return moment.astimezone(ZoneInfo(timezone)).date()


def _get(parcel: object, name: str) -> Any:  # noqa: ANN401 - whatever the caller's object holds
    return parcel.get(name) if isinstance(parcel, Mapping) else getattr(parcel, name, None)


def _value(parcel: object, name: str) -> Any:  # noqa: ANN401 - whatever the caller's object holds
    value = _get(parcel, name)
    side, _, part = name.partition("_")
    if value is None and side in _PLACES:
        return getattr(_get(parcel, side), part, None)
    if name == "pieces" and value is not None:
        return [_box(piece) for piece in value] or None
    if name in {"requested", "assumed"} and value is not None:
        return list(value)
    return value


def _box(piece: object) -> dict[str, Any]:
    return {name: _exact(f"pieces.{name}", _get(piece, name), _EXACT) for name in _BOX.to_schema()}


def _exact(name: str, value: Any, dtype: Any) -> Any:  # noqa: ANN401 - whatever the caller's object holds
    """The value, refused when a Decimal column could not hold it exactly."""
    if dtype != _EXACT or value is None:
        return value
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise WrongColumnType(f"{name!r} holds {type(value).__name__}, needed is Decimal", where="parcel")
    number = Decimal(value)
    if not number.is_finite() or number != round(number, _DIGITS_MAX):
        raise WrongColumnType(f"{name!r} needs a finite number of at most {_DIGITS_MAX} decimals", where="parcel")
    return number
