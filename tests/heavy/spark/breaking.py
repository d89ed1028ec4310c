"""A gate that fails in the worker, for the test of what is said then; workers find it by this module's name."""

import attrs
import polars as pl

from tieout.matching import Near


class BreakingNear(Near):
    """As `Near`, until it is asked."""

    def bind(self, left, right):
        gate = super().bind(left, right)
        return attrs.evolve(gate, holds=gate.holds.map_batches(broken, return_dtype=pl.Boolean))


def broken(_):
    raise ZeroDivisionError("what the gate says")
