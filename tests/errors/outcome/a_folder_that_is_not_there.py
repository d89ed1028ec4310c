import polars as pl

from tieout.model import Discrepancy, Event
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.tables import Table

outcome = Outcome(
    reconciliation="courier_bill",
    parameters={},
    matches=pl.DataFrame(),
    lines=pl.DataFrame(),
    discrepancies=Table.from_records([], Discrepancy),
    events=Table.from_records([], Event),
    proof=Proof([]),
    carry_forward=CarryForward(),
    totals={},
)
outcome.write_claims("october/claims.csv")
