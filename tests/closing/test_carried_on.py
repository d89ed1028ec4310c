"""What the period before carried to a reconciliation that is not run now: it is told, and carried on."""

import shutil
from datetime import date

import attrs
import pytest
from polars.testing import assert_frame_equal

from closing.shop import RULES, config
from closing.test_next_month import of_days
from tieout.closing import RunRule, close_tables
from tieout.closing.openings import load_opening
from tieout.errors import ConfigError
from tieout.outcome import CarryForward


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    """October, and November in which settlements are not looked at."""
    folder = tmp_path_factory.mktemp("months")
    first = config(folder, out=folder / "10")
    rules = {**RULES, "settlement": RunRule(run=False)}
    november = {"period": "2026-11", "as_of": date(2026, 11, 30), "out": folder / "11", "opening": folder / "10"}
    second = config(folder, reconciliations=rules, **november)
    october = close_tables(of_days(date(2026, 9, 1), date(2026, 10, 31)), first, dry_run=False)
    return folder, october, close_tables(of_days(date(2026, 11, 1), date(2026, 11, 30)), second, dry_run=False)


def carried(folder, name="settlement"):
    return CarryForward.load(folder / "carry" / name)


def open_items(close):
    return dict(close.stage("archive").counts)["open items carried forward"]


def test_what_no_run_takes_is_carried_on_as_it_was(months):
    folder, october, november = months
    before, after = carried(folder / "10"), carried(folder / "11")

    assert 0 < len(before)
    assert_frame_equal(before.items, after.items)
    assert {name: len(table) for name, table in before.sides.items()} == {
        name: len(table) for name, table in after.sides.items()
    }
    assert open_items(november) == len(before) + sum(len(one.carry_forward) for one in november.outcomes)
    assert [] == [one for one in october.stage("detect").notes if "carried" in one]


def test_what_no_run_takes_is_told(months):
    folder, _, november = months
    count = len(carried(folder / "10"))
    detect = november.stage("detect")

    assert "attention" == detect.status
    assert (
        f"settlement is not run, and {count} open items are carried to it from before: they wait, and are carried on"
        in detect.notes
    )
    assert any(f"上期结转的 {count} 笔未结事项" in one for one in detect.notes_zh)


def test_a_later_month_that_runs_it_begins_with_it_once(months, tmp_path):
    folder, *_ = months
    told = config(tmp_path, period="2026-12", as_of=date(2026, 12, 31), opening=folder / "11")
    straight = attrs.evolve(told, opening=folder / "10")
    sales = of_days(date(2026, 11, 1), date(2026, 11, 30))

    over, direct = (close_tables(sales, one) for one in (told, straight))
    found, expected = (
        next(one for one in close.outcomes if one.reconciliation == "settlement").discrepancies.to_polars()
        for close in (over, direct)
    )

    assert 0 < expected.height
    assert_frame_equal(expected.sort("discrepancy_id"), found.sort("discrepancy_id"))


def test_what_carries_no_item_says_nothing(months, tmp_path):
    folder, *_ = months
    opening = tmp_path / "10"
    CarryForward(items=carried(folder / "10").items.clear(), sides={}).save(opening / "carry" / "settlement")
    rules = {**RULES, "settlement": RunRule(run=False)}
    told = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30), opening=opening, reconciliations=rules)

    found = close_tables(of_days(date(2026, 11, 1), date(2026, 11, 30)), told)

    assert [] == [one for one in found.stage("detect").notes if "carried" in one]


def missing(folder):
    (folder / "carry" / "balances.parquet").unlink()


def of_another(folder):
    (folder / "carry" / "balances.parquet").write_bytes((folder / "carry" / "metrics.parquet").read_bytes())


def obsolete(folder):
    shutil.copytree(folder / "carry" / "settlement", folder / "carry" / "returns")


def never_ended(folder):
    (folder / "close.json").unlink()
    (folder / ".closing").mkdir()


@pytest.mark.parametrize("stopped", [missing, of_another, obsolete, never_ended])
def test_a_close_that_was_stopped_while_it_put_its_results_in_their_place_is_nothing_to_begin_with(
    stopped, months, tmp_path
):
    folder, *_ = months
    shutil.copytree(folder / "10", tmp_path / "10")
    told = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30), opening=tmp_path / "10")
    whole = load_opening(told)

    stopped(tmp_path / "10")

    assert whole.items
    with pytest.raises(ConfigError, match=r"opening: what '10' carries forward is not what a close wrote whole"):
        load_opening(told)
