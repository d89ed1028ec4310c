"""What a courier's bill costs on Spark, stage by stage and row by row, beside the local run of the same records: prints a table for each size.

    python tests/benchmarks/bench_spark_bill.py [--lines 100000 1000000] [--bucket 250000] [--partitions 16] [--memory 4g] [--no-local]

Bills are those of `bench_courier_audit`, in folders of Parquet parts as `Table.write_parquet` makes them; rows are bill lines and parcels
together. What is measured, and how: `_spark_stages`.
"""

import tempfile
from datetime import date
from pathlib import Path

from _spark_stages import FILES, Case, main
from bench_courier_audit import BILL, CARD, SHIPMENTS, write_files

import tieout
from tieout.model import CourierCharge, Shipment
from tieout.reconciliations import CourierBill
from tieout.reconciliations._courier import spreading
from tieout.tariffs import RateCard


def folders(lines: int, seed: int, place: Path) -> dict[str, Path]:
    """Folders of Parquet parts of both sides, made when they are not there yet."""
    found = {name: place / f"{lines}-{seed}-{name}" for name in ("shipments", "charges")}
    if all(folder.exists() for folder in found.values()):
        return found
    with tempfile.TemporaryDirectory() as at:
        parcels, bill = write_files(Path(at), lines, seed)
        read = {
            "shipments": tieout.read(parcels, record=Shipment, **SHIPMENTS),
            "charges": tieout.read(bill, record=CourierCharge, **BILL),
        }
        for name, one in read.items():
            one.records.write_parquet(found[name], rows_per_file=-(-len(one.records) // FILES))
    return found


CASE = Case(
    rows="bill lines and parcels",
    records={"shipments": Shipment, "charges": CourierCharge},
    folders=folders,
    run=CourierBill(rate_card=RateCard.loads(CARD, name="benchmark.toml"), as_of=date(2026, 10, 31)).run,
    stages={
        "came": ("read, and route each record",),
        "figures": ("survey the buckets", "add up the audit's figures"),
        "digest": ("find what hangs together",),
        "Audited": ("audit the buckets",),
        "Finished": ("finish findings",),
        "found_sums": ("finish findings",),
        "Eventful": ("finish events",),
        "event_sums": ("finish events",),
    },
    others=((spreading, "found_pairs", "match all numbers"),),
)


if __name__ == "__main__":
    main(CASE, __doc__, "tieout_spark_bill")
