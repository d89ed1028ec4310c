"""Audit a real courier invoice: 124 parcels of a public case, once for each reading of its rate table.

`python examples/courier_audit.py DIR`, where DIR holds the files of the case (`Courier_Company-Invoice.csv` and its
neighbours, of github.com/Mukesh221999/cointab-data-analyst). The company's order lines and article weights give what each
parcel weighs, its pincode table gives the zone; the courier states another weight and another zone. Nothing is written unless
`--out FOLDER` is given.
"""

import argparse
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import attrs
import polars as pl

import tieout
from tieout.errors import TieoutError
from tieout.model.currency import from_units
from tieout.outcome import Outcome
from tieout.reconciliations import CourierBill
from tieout.tariffs import RateCard

MAPPINGS = Path(__file__).parent / "cointab"
CARDS = ("half_kilogram_slabs.toml", "zone_slabs.toml")


@attrs.frozen(kw_only=True)
class Article:
    """What one piece of an article weighs."""

    sku: str
    weight_g: Decimal


@attrs.frozen(kw_only=True)
class PincodeZone:
    """The price zone of a route."""

    origin_postcode: str
    dest_postcode: str
    zone: str


def main() -> int:
    """Read the five files, audit the invoice by each card, print what is right and what is not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write claims and lines into this folder")
    arguments = parser.parse_args()
    try:
        charges = read(arguments.folder, "Courier_Company-Invoice.csv", "invoice.toml").records
        shipments = our_parcels(arguments.folder, charges.to_polars())
        for name in CARDS:
            card = RateCard.load(MAPPINGS / name)
            outcome = CourierBill(rate_card=card).run(shipments=shipments, charges=charges)
            print("\n".join(told(card, outcome)))
            if arguments.out is not None:
                write(outcome, arguments.out, Path(name).stem)
    except TieoutError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    return 0


def read(folder: Path, name: str, mapping: str, **options: object) -> tieout.Batch:
    """One file of the case; the audit goes on only when every line of it could be read."""
    batch = tieout.read(folder / name, format="generic_table", mapping=MAPPINGS / mapping, **options)
    if batch.rejects:
        raise TieoutError(f"{len(batch.rejects)} lines cannot be read, the first: {batch.rejects[0]}", where=name)
    return batch


def our_parcels(folder: Path, charges: pl.DataFrame) -> pl.DataFrame:
    """What the company knows of each parcel: the weight of what it ordered, and the zone of its own table."""
    lines = read(folder, "Company_X-Order_Report.csv", "orders.toml").records.to_polars()
    articles = read(folder, "Company_X-SKU_Master.csv", "articles.toml", record=Article).records.to_polars().unique()
    zones = read(folder, "Company_X-Pincode_Zones.csv", "zones.toml", record=PincodeZone).records.to_polars().unique()
    weights = (
        lines.join(articles, on="sku", how="left", validate="m:1")
        .group_by(pl.col("platform_order_id").alias("order_id"))
        .agg((pl.col("quantity") * pl.col("weight_g")).sum().alias("weight_theoretical_g"))
    )
    return (
        charges.select("tracking_no", "order_id", "origin_postcode", "dest_postcode")
        .join(weights, on="order_id", how="left", validate="m:1")
        .join(zones, on=["origin_postcode", "dest_postcode"], how="left", validate="m:1")
        .select("tracking_no", "weight_theoretical_g", "zone", "origin_postcode", "dest_postcode")
        .with_columns(pl.lit(charges["carrier"][0]).alias("carrier"))
    )


def told(card: RateCard, outcome: Outcome) -> Iterator[str]:
    """The audit by one card, in words."""
    yield f"{card.name}: {outcome.lines.height} parcels, the proof {'holds' if outcome.proof.holds else 'FAILS'}"
    for verdict in ("correct", "overcharged", "undercharged"):
        lines = outcome.lines.filter(pl.col("verdict") == verdict)
        billed, difference = (money(lines[f"{name}_minor"].sum(), card) for name in ("billed", "difference"))
        yield f"  {verdict:<12}  {lines.height:>4} parcels  billed {billed:>14}  difference {difference:>14}"
    types = (
        outcome.discrepancies.to_polars().group_by("type").agg(pl.len().alias("count"), pl.col("impact_minor").sum())
    )
    for row in types.sort("type").iter_rows(named=True):
        yield f"    {row['type']:<26}  {row['count']:>4} x  {money(row['impact_minor'], card):>14}"


def money(minor: int, card: RateCard) -> str:
    """Minor units as people read them."""
    return f"{from_units(minor, card.currency):,.2f} {card.currency}"


def write(outcome: Outcome, folder: Path, name: str) -> None:
    """The claims for the courier, and every line with its verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    outcome.write_claims(folder / f"claims_{name}.csv")
    outcome.lines.write_csv(folder / f"lines_{name}.csv")


if __name__ == "__main__":
    raise SystemExit(main())
