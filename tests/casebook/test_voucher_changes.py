import datetime as dt
import os
import random
import subprocess
import sys
from pathlib import Path

import attrs
import polars as pl
import pytest
import sqlalchemy as sa
from moneyed import Money

from tieout.casebook import SYSTEM, Actor, Casebook
from tieout.casebook.log import Draft, entries
from tieout.casebook.refs import RecordRef
from tieout.casebook.schema import record
from tieout.casebook.voucher_tables import voucher_given
from tieout.casebook.voucher_views import touched_drafts, vouchers_at
from tieout.errors import PostingError
from tieout.model import Discrepancy, Event, Provenance
from tieout.outcome import CarryForward, Outcome
from tieout.posting import Book, trial_balance
from tieout.proof import Proof
from tieout.tables import Table

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
ANNE = Actor("anne", roles=["accountant"])
WORKERS = int(os.environ.get("TIEOUT_WORKERS", "3"))
BEN = Actor("ben", roles=["finance_manager"])


def event(number, amount="190.00", *, day=5, month=10, kind="sale.shipped", document=None, line=None, sha="a" * 64):
    return Event(
        event_id=f"{kind} {number}",
        kind=kind,
        occurred_on=dt.date(2026, month, day),
        document=document or f"{kind} {month}-{day} {number}",
        party="douyin",
        amount=Money(amount, "CNY"),
        sources=(Provenance(file="orders.csv", sha256=sha, line=line or number + 1),),
    )


def outcome(*events, name="dispatch", period="2026-10", records=None):
    return Outcome(
        reconciliation=name,
        parameters={} if period is None else {"period": period},
        matches=pl.DataFrame(),
        lines=pl.DataFrame(),
        discrepancies=Table.from_records([], Discrepancy),
        events=Table.from_records(list(events), Event),
        proof=Proof(checks=()),
        carry_forward=CarryForward(),
        totals={},
        records=records or {},
    )


def post(cases, *given, period="2026-10", book=BOOK):
    return cases.vouchers.post(given, book=book, period=period, actor=ANNE)


def standing(cases, book=BOOK):
    """Ids of events whose vouchers nobody took back."""
    journal = cases.vouchers.journal(book)
    return sorted(each for item in journal if journal.find_reversal(item.voucher_id) is None for each in item.event_ids)


def test_an_event_that_its_run_gives_no_more_is_taken_back(cases):
    post(cases, outcome(event(1), event(2)))

    posted = post(cases, outcome(event(1)))

    assert (len(posted.prepared), len(posted.taken_back)) == (1, 1)
    assert standing(cases) == ["sale.shipped 1"]
    assert post(cases, outcome(event(1))).prepared == ()
    assert cases.verify().holds


def test_an_event_that_comes_back_is_posted_anew(cases):
    post(cases, outcome(event(1), event(2)))
    post(cases, outcome(event(1)))

    posted = post(cases, outcome(event(1), event(2)))

    assert [item.event_ids for item in posted.prepared] == [("sale.shipped 2",)]
    assert standing(cases) == ["sale.shipped 1", "sale.shipped 2"]


def test_what_another_run_does_not_give_says_nothing(cases):
    post(cases, outcome(event(1)), outcome(event(2), name="orders"))

    assert post(cases, outcome(event(1))).prepared == ()
    assert post(cases, outcome(event(3, month=11), period="2026-11"), period="2026-11").taken_back == ()
    assert post(cases, event(4)).taken_back == ()
    assert standing(cases) == [f"sale.shipped {number}" for number in (1, 2, 3, 4)]


def test_a_run_of_one_shop_takes_nothing_of_another_back(cases):
    first, second, other = (attrs.evolve(event(at), shop_id=shop) for at, shop in ((1, "S1"), (2, "S1"), (3, "S2")))
    records = {shop: {"orders": pl.DataFrame({"platform": ["douyin"], "shop_id": [shop]})} for shop in ("S1", "S2")}
    post(cases, outcome(first, second, records=records["S1"]))

    assert post(cases, outcome(other, records=records["S2"])).taken_back == ()
    assert len(post(cases, outcome(first, records=records["S1"])).taken_back) == 1
    assert standing(cases) == ["sale.shipped 1", "sale.shipped 3"]


def test_an_event_is_kept_as_long_as_one_run_gives_it(cases):
    post(cases, outcome(event(1)), outcome(event(1), name="orders"))

    assert post(cases, outcome()).taken_back == ()
    assert len(post(cases, outcome(name="orders")).taken_back) == 1


def test_an_outcome_that_knows_no_period_speaks_of_its_own_days_only(cases):
    post(cases, outcome(event(1, day=1), event(2, day=2), period=None))

    assert post(cases, outcome(event(3, day=3), period=None)).taken_back == ()
    assert len(post(cases, outcome(event(1, day=1), event(3, day=3), period=None)).taken_back) == 1


def test_a_voucher_that_two_runs_share_is_replaced_whole_when_one_of_them_changes(cases):
    """Revenue and cost of one shop and day are one voucher (`domain.md` 7.4, V-01)."""
    sale = event(1, document="day 5")
    cost = event(1, "80.00", kind="stock.sale_out", document="day 5")
    post(cases, outcome(sale, name="orders"), outcome(cost))

    posted = post(cases, outcome(attrs.evolve(cost, amount=Money("70.00", "CNY"))))

    red, new = posted.prepared
    assert set(new.event_ids) == {"sale.shipped 1", "stock.sale_out 1"}
    assert {line.role: abs(line.amount.amount) for line in new.lines}["cogs"] == 70
    assert red.reversal_of == posted.taken_back[0]


def test_an_event_of_another_open_month_waits_until_that_month_is_posted(cases):
    post(cases, outcome(event(1), event(2, month=11)))
    post(cases, outcome(event(1), event(2, month=11)), period="2026-11")

    first = post(cases, outcome(event(1)))
    assert (first.taken_back, first.waiting) == ((), ("2026-11",))

    second = post(cases, outcome(event(1)), period="2026-11")
    assert (len(second.taken_back), second.waiting) == (1, ())


def test_a_month_that_the_casebook_locked_is_closed_for_all_its_books(cases):
    posted = post(cases, outcome(event(1)))
    cases.vouchers.review(posted.prepared, book=BOOK, actor=BEN)
    cases.vouchers.book(posted.prepared, book=BOOK, actor=BEN)
    with cases.store.writing() as connection:
        cases._note(connection, [Draft(kind="period.locked", subject="2026-10")], actor=BEN)

    late = post(cases, outcome(event(1), event(2)))

    assert (late.period, [item.kind.value for item in late.prepared]) == ("2026-11", ["adjust"])
    assert cases.vouchers.journal(BOOK).book.locked_periods == ("2026-10",)
    assert len(post(cases, outcome()).taken_back) == 2
    assert [item.number for item in cases.vouchers.journal(BOOK).in_period("2026-10")] == [1]


def test_a_month_is_not_locked_before_its_vouchers_are_booked(cases):
    posted = post(cases, outcome(event(1)))
    assert "1 vouchers are not booked yet: 记-1" in cases.periods.missing("2026-10")

    cases.vouchers.review(posted.prepared, book=BOOK, actor=BEN)
    cases.vouchers.book(posted.prepared, book=BOOK, actor=BEN)
    assert not any("vouchers" in why for why in cases.periods.missing("2026-10"))

    touch(cases, 2)
    assert "1 vouchers come from rows that changed since: post the period again: 记-1" in cases.periods.missing(
        "2026-10"
    )


def touch(cases, *lines, sha="a" * 64):
    """Say that lines of the file changed."""
    places = pl.DataFrame({"line": list(lines)}).with_columns(
        sha256=pl.lit(sha), file=pl.lit("orders.csv"), sheet=pl.lit(None, dtype=pl.String)
    )
    with cases.store.writing() as connection:
        drafts = touched_drafts(connection, vouchers_at(connection, places), why="edited")
        cases._note(connection, drafts, actor=ANNE)
    return [draft.subject for draft in drafts]


def test_a_row_that_changed_touches_the_vouchers_that_come_from_its_line_and_no_others(cases):
    booked = post(cases, outcome(event(1), event(2), event(3))).prepared

    assert touch(cases, 3) == [booked[1].voucher_id]
    assert touch(cases, 3, 77) == []
    assert touch(cases, 4, sha="b" * 64) == []
    frame = cases.vouchers.frame()
    assert frame.filter(pl.col("touched").is_not_null())["voucher_id"].to_list() == [booked[1].voucher_id]
    assert cases.rebuild().faults == ()


@pytest.mark.parametrize(("amount", "taken_back"), [("190.00", 0), ("180.00", 1), (None, 1)])
def test_a_touched_voucher_is_open_until_it_is_confirmed_replaced_or_taken_back(cases, amount, taken_back):
    first = post(cases, outcome(event(1), event(2))).prepared[1].voucher_id
    touch(cases, 3)

    changed = () if amount is None else (event(2, amount),)
    posted = post(cases, outcome(event(1), *changed))

    assert posted.confirmed == (() if taken_back else (first,))
    assert len(posted.taken_back) == taken_back
    assert cases.vouchers.frame()["touched"].null_count() == len(cases.vouchers.journal(BOOK))
    assert cases.verify().holds


def test_a_touched_voucher_stays_open_when_only_another_run_is_posted(cases):
    post(cases, outcome(event(1)))
    touch(cases, 2)

    assert post(cases, outcome(event(2), name="orders")).confirmed == ()
    assert cases.vouchers.frame()["touched"].drop_nulls().len() == 1


def test_a_line_of_a_run_of_lines_is_found_in_whatever_sheet_it_was(cases):
    runs = [
        Provenance(file="a.xlsx", sha256="d" * 64, sheet="1", line=first, line_end=last)
        for first, last in ((2, 9), (40, 60))
    ]
    post(
        cases,
        attrs.evolve(event(1), sources=tuple(runs)),
        attrs.evolve(event(2), sources=(attrs.evolve(runs[0], sheet="2"),)),
    )

    def found(line, sheet):
        schema = {"sha256": pl.String, "file": pl.String, "sheet": pl.String, "line": pl.Int64}
        places = pl.DataFrame([("d" * 64, None, sheet, line)], schema=schema, orient="row")
        with cases.store.reading() as connection:
            return len(vouchers_at(connection, places))

    assert [found(*one) for one in ((1, "1"), (2, "1"), (9, "1"), (10, "1"), (50, "1"), (61, "1"))] == [
        0,
        1,
        1,
        0,
        1,
        0,
    ]
    assert (found(5, "2"), found(50, "2"), found(5, None), found(None, None)) == (1, 0, 2, 2)


def test_the_vouchers_of_a_record_and_of_a_case_are_found(cases):
    booked = post(cases, outcome(event(1), event(2))).prepared
    payload = '{"source_file":"orders.csv","source_line":3,"source_sha256":"' + "a" * 64 + '"}'
    row = {"seq": 1, "kind": "Order", "key": "k", "change": "added", "hash": "h", "source": "s", "payload_hash": "p"}
    body = {
        "reconciliation": "r",
        "discrepancy_id": "d",
        "type": "order.price_anomaly",
        "severity": "low",
        "impact_minor": 1,
        "currency": "CNY",
        "records": [["Order", "k", "h"]],
    }
    with cases.store.writing() as connection:
        connection.execute(sa.insert(record), [{**row, "payload": payload}])
        cases._note(connection, [Draft(kind="case.opened", subject="c1", body=body)], actor=SYSTEM)

    expected = [booked[1].voucher_id]
    assert cases.vouchers.of(RecordRef("Order", "k"))["voucher_id"].to_list() == expected
    assert cases.vouchers.of([RecordRef("Order", "other")]).height == 0
    assert cases.vouchers.of(pl.DataFrame({"kind": ["Order"], "key": ["k"]}))["voucher_id"].to_list() == expected
    assert cases.vouchers.of("c1")["voucher_id"].to_list() == expected


def test_posting_a_day_at_a_time_gives_the_same_balances_as_a_month_at_once(cases, tmp_path):
    """Rows come late, are edited and go; what the books come to depends on how they ended alone."""
    dice = random.Random(7)
    rows = {}
    for day in range(1, 13):
        for number in range(3):
            rows[day * 10 + number] = event(day * 10 + number, f"{dice.randrange(1, 90000) / 100:.2f}", day=day)
        for number in dice.sample(sorted(rows), 2):
            rows[number] = attrs.evolve(rows[number], amount=Money(f"{dice.randrange(1, 90000) / 100:.2f}", "CNY"))
        if day % 3 == 0:
            del rows[dice.choice(sorted(rows))]
        post(cases, outcome(*rows.values()))
    with Casebook(f"sqlite:///{tmp_path / 'month.db'}", clock=cases.clock) as month:
        post(month, outcome(*rows.values()))
        balances = [
            {
                row.account: row.closing
                for row in trial_balance(one.vouchers.journal(BOOK), book=BOOK, period="2026-10", statuses=["prepared"])
                if row.closing
            }
            for one in (cases, month)
        ]
        assert len(cases.vouchers.journal(BOOK)) > len(month.vouchers.journal(BOOK)) == len(rows)

    assert balances[0] == balances[1]
    assert standing(cases) == sorted(one.event_id for one in rows.values())
    assert cases.verify().holds
    assert cases.rebuild().faults == ()


def test_processes_that_work_at_once_leave_no_gap_in_the_numbers(url):
    Casebook(url).close()
    command = [sys.executable, Path(__file__).with_name("voucher_worker.py"), url]
    processes = [subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE) for number in range(WORKERS)]
    left = sum(int(process.communicate()[0]) for process in processes)

    with Casebook(url) as cases:
        journal = cases.vouchers.journal(BOOK)
        assert [item.number for item in journal] == list(range(1, len(journal) + 1))
        assert sum(1 for item in journal if item.status == "posted") == 2 * WORKERS
        assert len(journal) == 2 * WORKERS + left
        assert cases.verify().holds
        with cases.store.reading() as connection:
            assert sum(1 for _ in entries(connection, kinds=["posting"])) == 4 * WORKERS


TAMPERED = [
    (
        "voucher_content",
        "payload",
        "UPDATE voucher_content SET payload = replace(payload, '19000', '18000')",
        "its lines are not what its hash was made of",
    ),
    ("voucher", "poster", "UPDATE voucher SET poster = 'eve'", "it is not what the log says"),
    ("voucher", "rows", "DELETE FROM voucher", "missing"),
    ("voucher_source", "line", "UPDATE voucher_source SET line = 1", "its events or places in files are not its own"),
    ("voucher_event", "rows", "DELETE FROM voucher_event", "its events or places in files are not its own"),
    ("voucher_given", "payload", "UPDATE voucher_given SET payload = '{}'", "it is not what its hash was made of"),
    ("voucher_given", "rows", "DELETE FROM voucher_given", "they are not what the log says"),
    ("voucher_now", "number", "UPDATE voucher_now SET number = 7", "comes after a gap"),
]


@pytest.mark.parametrize(
    ("table", "what", "statement", "fault"), TAMPERED, ids=[f"{one[0]}.{one[1]}" for one in TAMPERED]
)
def test_a_change_behind_the_books_back_is_found_and_named(cases, table, what, statement, fault):
    post(cases, outcome(event(1)))
    with cases.store.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            for done in ("changed", "deleted"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_is_not_{done}")
        else:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        connection.exec_driver_sql(statement)
        connection.commit()

    assert any(fault in str(one) for one in cases.verify().faults)


def test_text_that_looks_like_sql_is_text(cases):
    nasty = "x'); DROP TABLE voucher; --"
    odd = attrs.evolve(event(1), document=nasty, party=nasty)
    shop = attrs.evolve(BOOK, book_id=nasty)
    posted = cases.vouchers.post(
        odd, book=shop, period="2026-10", actor=Actor(nasty, roles=["accountant"]), reason=nasty
    )

    assert cases.vouchers.journal(shop)[0] == posted.prepared[0]
    assert cases.vouchers.frame(shop)["preparer"].item() == nasty
    with cases.store.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(voucher_given)) == 1


def test_two_different_events_of_one_id_are_refused(cases):
    with pytest.raises(PostingError, match="two different events have this id"):
        post(cases, event(1), event(1, "1.00"))
