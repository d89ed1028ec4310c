"""Every reconciliation takes what every format gives: sources and reconciliations know each other by record kinds alone."""

from collections import defaultdict
from functools import cache
from importlib.resources import files
from inspect import signature
from pathlib import Path

import polars as pl
import pytest

import tieout
from tieout.errors import TieoutError
from tieout.reconciliations import reconciliation, reconciliations
from tieout.tariffs import RateCard

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
NEEDS = {"courier_bill": {"rate_card": RateCard.load(files("tieout._demo") / "sf_contract.toml")}}


@cache
def records():
    """All records of the formats' test files, by kind, as frames."""
    found = defaultdict(list)
    for path in sorted(GOLDENS.rglob("*")):
        if path.is_file() and path.suffix != ".json":
            try:
                batch = tieout.read(path)
            except TieoutError:  # it is there to be refused
                continue
            for table in (batch.records, *batch.others.values()):
                found[table.record.__name__].append(table.to_polars())
    return {kind: pl.concat(frames) for kind, frames in found.items()}


def sides_of(leaf):
    """The sides of a reconciliation that files can fill, with what they give; the other sides that it needs are empty."""
    asked = {name: given for name, given in signature(leaf.run).parameters.items() if name not in {"self", "opening"}}
    nothing = {name: [] for name, given in asked.items() if given.default is given.empty}
    kinds = leaf.run(**nothing).kinds
    return nothing, {name: records()[kinds[name]] for name in asked if kinds.get(name) in records()}


@pytest.mark.parametrize("name", [name for name, leaf in reconciliations().items() if leaf.builtin])
def test_a_reconciliation_takes_what_files_give_and_loses_none_of_it(name):
    leaf = reconciliation(name)(**NEEDS.get(name, {}))
    nothing, sides = sides_of(leaf)

    for given in (sides, *({side: frame} for side, frame in sides.items())):
        outcome = leaf.run(**{**nothing, **given})

        assert [] == list(outcome.proof.failures)
        for side, frame in given.items():
            assert frame.height == outcome.records[side].height
