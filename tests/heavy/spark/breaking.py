"""A gate that fails in the worker, for the test of what is said then; workers find it by this module's name."""

import attrs
import polars as pl

from tieout._spark.workers import named
from tieout.errors import WrongColumnType
from tieout.matching import Near


class BreakingNear(Near):
    """As `Near`, until it is asked about a left value of 666."""

    def bind(self, left, right):
        gate = super().bind(left, right)
        bears = pl.col(f"left:{self.column[0]}").map_batches(borne, return_dtype=pl.Boolean)
        return attrs.evolve(gate, holds=gate.holds & bears)


def borne(values):
    if 666 in values:
        raise ZeroDivisionError("what the gate says")
    return values.is_not_null()


def refused(_):
    with named("a worker"):
        raise WrongColumnType("what the worker says", where="its place")
