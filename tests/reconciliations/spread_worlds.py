"""An audit spread over the buckets of a cluster that is this process, laid beside the same audit of all records at once."""

import attrs
import polars as pl

from tieout._spark.plain import PlainCluster
from tieout.model import CourierInvoice
from tieout.reconciliations._courier.routing import RECORDS
from tieout.reconciliations._courier.spreading import Spread
from tieout.tables import Table, frame_of

KINDS = {**RECORDS, "invoices": CourierInvoice}
NUMBERED = ("charges", "remittances", "shipments", "invoices")


def frames(sides):
    """Sides as frames with the columns of their records."""
    return {
        name: rows if isinstance(rows, pl.DataFrame) else Table.from_records(rows, KINDS[name]).to_polars()
        for name, rows in sides.items()
        if rows is not None
    }


def spread(reconciliation, sides, buckets, *, opening=None, piece=3):
    settings = attrs.evolve(reconciliation, timezone=reconciliation.timezone or reconciliation.rate_card.terms.timezone)
    return Spread(PlainCluster(buckets, piece=piece), settings, frames(sides), opening).outcome()


def ranks(outcome, side):
    """The rows of a side by their order, whatever their numbers are."""
    if side not in outcome.records:
        return {}
    rows = outcome.records[side]["row"].sort().to_list()
    return {row: f"{side} {place}" for place, row in enumerate(rows)}


def unit_names(outcome):
    """Units by what they are: a row of a side, or what is owed, by what it says."""
    names = {}
    for side in NUMBERED:
        said = ranks(outcome, side)
        if said:
            names |= {unit: said[row] for unit, row in outcome.records[side].select("unit", "row").iter_rows()}
    owed = outcome.records["contract"].filter(~pl.col("unit").is_in(list(names)))
    content = [name for name in owed.columns if name not in {"unit", "row"}]
    amounts = outcome.units.select("unit", "expected_minor", "actual_minor")
    texts = owed.join(amounts, on="unit", how="left").select(
        "unit", pl.struct(*content, *amounts.columns[1:]).alias("said")
    )
    ordered = sorted((str(row["said"]), row["unit"]) for row in texts.iter_rows(named=True))
    return names | {unit: f"{place} {said}" for place, (said, unit) in enumerate(ordered)}


def canonical(outcome):
    """Everything that an outcome says, with rows and units by what they are, in an order of its own."""
    units = unit_names(outcome)
    parcels = ranks(outcome, "shipments")

    def named(frame, known, *columns):
        return frame.with_columns(
            pl.Series(
                name, [known.get(value, value if value is None else f"? {value}") for value in frame[name]], pl.String
            )
            for name in columns
        )

    def ordered(frame):
        texts = [name for name, dtype in frame.schema.items() if not isinstance(dtype, (pl.List, pl.Struct))]
        return frame.sort(texts, nulls_last=True)

    records = {side: ordered(named(frame.drop("row"), units, "unit")) for side, frame in outcome.records.items()}
    carried = outcome.carry_forward
    return {
        "parameters": dict(outcome.parameters),
        "totals": dict(outcome.totals),
        "proof": outcome.proof,
        "kinds": dict(outcome.kinds),
        "roles": dict(outcome.roles),
        "matched": outcome.matched,
        "matches": ordered(named(named(outcome.matches.drop("group"), units, "right", "unit"), parcels, "left")),
        "lines": ordered(named(named(outcome.lines, units, "line"), parcels, "parcel")),
        "units": ordered(named(outcome.units, units, "unit")),
        "bonds": ordered(named(outcome.bonds, units, "unit", "other")),
        "explains": ordered(named(outcome.explains, units, "unit")),
        "discrepancies": outcome.discrepancies.to_polars(),
        "events": ordered(outcome.events.to_polars()),
        "items": ordered(carried.items),
        **{f"records {side}": frame for side, frame in records.items()},
        **{f"carried {side}": ordered(table.to_polars()) for side, table in carried.sides.items()},
        **{f"later {side}": ordered(table.to_polars()) for side, table in carried.later.items()},
    }


def assert_same(local, other):
    """The two outcomes say the same, whatever they say it of, each unit under a number of its own."""
    assert not other.units["unit"].is_duplicated().any()
    one, two = canonical(local), canonical(other)
    assert sorted(one) == sorted(two)
    for name, said in one.items():
        if isinstance(said, pl.DataFrame):
            assert said.schema == two[name].schema, name
            assert said.rows() == two[name].rows(), name
        else:
            assert said == two[name], name


__all__ = ["KINDS", "assert_same", "canonical", "frame_of", "frames", "spread"]
