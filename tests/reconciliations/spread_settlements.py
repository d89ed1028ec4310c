"""A reconciliation of settlements spread over the buckets of a cluster that is this process, laid beside the same of all records at once."""

import polars as pl

from tieout._spark.plain import PlainCluster
from tieout.model import Settlement as Header
from tieout.reconciliations._settlement.routing import RECORDS
from tieout.reconciliations._settlement.spreading import Spread
from tieout.tables import Table

KINDS = {**RECORDS, "settlements": Header}


def frames(sides):
    """Sides as frames with the columns of their records."""
    return {
        name: rows if isinstance(rows, pl.DataFrame) else Table.from_records(rows, KINDS[name]).to_polars()
        for name, rows in sides.items()
        if rows is not None
    }


def spread(reconciliation, sides, buckets, *, opening=None, piece=3):
    return Spread(PlainCluster(buckets, piece=piece), reconciliation, frames(sides), opening).outcome()


def ranks(outcome, side):
    """The rows of a side by their order, whatever their numbers are."""
    return {row: f"{side} {place}" for place, row in enumerate(outcome.records[side]["row"].sort().to_list())}


def unit_names(outcome):
    """Units by what is in them: rows of sides, and what the contract makes of an order by what it says."""
    members = {}
    for side, frame in outcome.records.items():
        names = ranks(outcome, side)
        for row in frame.iter_rows(named=True):
            said = {name: value for name, value in row.items() if name not in {"row", "unit"}}
            members.setdefault(row["unit"], []).append(f"contract {said}" if side == "contract" else names[row["row"]])
    names = {unit: " + ".join(sorted(rows)) for unit, rows in members.items()}
    assert len(set(names.values())) == len(names)
    return names


def named(frame, known, *columns):
    texts = {
        name: [known.get(value, value if value is None else f"? {value}") for value in frame[name]] for name in columns
    }
    return frame.with_columns(pl.Series(name, values, pl.String) for name, values in texts.items())


def ordered(frame):
    plain = [name for name, dtype in frame.schema.items() if not isinstance(dtype, (pl.List, pl.Struct))]
    return frame.sort(plain, nulls_last=True)


def canonical(outcome):
    """Everything that an outcome says, with rows and units by what they are, in an order of its own."""
    units = unit_names(outcome)
    rows = {side: ranks(outcome, side) for side in outcome.records}
    records = {
        side: ordered(
            named(frame.drop("row") if side == "contract" else named(frame, rows[side], "row"), units, "unit")
        )
        for side, frame in outcome.records.items()
    }
    carried = outcome.carry_forward
    matches = named(named(named(outcome.matches, rows["orders"], "left"), rows["lines"], "right"), units, "unit")
    return {
        "parameters": dict(outcome.parameters),
        "totals": dict(outcome.totals),
        "order of totals": list(outcome.totals),
        "proof": outcome.proof,
        "kinds": dict(outcome.kinds),
        "roles": dict(outcome.roles),
        "matched": outcome.matched,
        "matches": ordered(matches),
        "lines": ordered(named(named(outcome.lines, rows["orders"], "row"), units, "unit")),
        "units": ordered(named(outcome.units, units, "unit")),
        "bonds": outcome.bonds,
        "explains": ordered(named(outcome.explains, units, "unit")),
        "discrepancies": outcome.discrepancies.to_polars(),
        "events": ordered(outcome.events.to_polars()),
        "items": ordered(carried.items),
        **{f"records {side}": frame for side, frame in records.items()},
        **{f"carried {side}": ordered(table.to_polars()) for side, table in carried.sides.items()},
        **{f"later {side}": ordered(table.to_polars()) for side, table in carried.later.items()},
    }


def assert_same(local, other):
    """The two outcomes say the same, whatever they say it of."""
    one, two = canonical(local), canonical(other)
    assert sorted(one) == sorted(two)
    for name, said in one.items():
        if isinstance(said, pl.DataFrame):
            assert said.schema == two[name].schema, name
            assert said.rows() == two[name].rows(), name
        else:
            assert said == two[name], name
