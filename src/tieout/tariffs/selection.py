"""Which tariff holds for a parcel: by pickup date, account, warehouse and service (`domain.md` 3.6).

Never by the date of a bill: the tariff in force when the courier takes the parcel prices it.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from tieout.errors import InvalidField
from tieout.tariffs.tariff import Tariff
from tieout.tariffs.version import Version

__all__ = ["assign_tariffs"]


def assign_tariffs(
    frame: pl.DataFrame, versions: Sequence[Version], forced: str | None
) -> tuple[pl.DataFrame, list[Tariff]]:
    """Add version, service, tariff (its index, or null) and selection_problem."""
    if forced is not None and forced not in {version.id for version in versions}:
        known = ", ".join(version.id for version in versions)
        raise InvalidField(f"{forced!r} is not a version; known: {known}", record="Scenario", field="version")
    keys = ["rate_date", "account_no", "warehouse", "service"]
    found: dict[tuple[str, str], int] = {}
    tariffs: list[Tariff] = []
    rows = []
    for key in sorted(frame.select(keys).unique().iter_rows(), key=str):  # sorted, so that tariffs come in one order
        chosen, problem = _choose(versions, forced, *key)
        index = None
        if chosen is not None:
            index = found.setdefault((chosen.version, chosen.service), len(found))
            tariffs += [chosen] if index == len(tariffs) else []
        version, service = (chosen.version, chosen.service or key[3]) if chosen is not None else (None, key[3])
        rows.append((*key, version, service, index, problem))
    schema = {name: frame.schema[name] for name in keys}
    added = {"version": pl.String, "known_service": pl.String, "tariff": pl.UInt32, "selection_problem": pl.String}
    table = pl.DataFrame(rows, schema={**schema, **added}, orient="row")
    frame = frame.join(table, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return frame.drop("service").rename({"known_service": "service"}), tariffs


def _choose(
    versions: Sequence[Version],
    forced: str | None,
    day: date | None,
    account: str | None,
    warehouse: str | None,
    service: str | None,
) -> tuple[Tariff | None, str | None]:
    """The one tariff of a parcel, or why there is none."""
    if forced is not None:
        valid = [version for version in versions if version.id == forced]
    else:
        valid = [version for version in versions if version.period.holds(day) and version.holds_for(account, warehouse)]
    tariffs = [tariff for tariff in (version.tariff_for(service) for version in valid) if tariff is not None]
    if len(tariffs) == 1:
        return tariffs[0], None
    # Several can hold only for a parcel whose account, warehouse or service is unknown: then none is known to.
    return None, "service_unknown" if valid and not tariffs else "version_missing"
