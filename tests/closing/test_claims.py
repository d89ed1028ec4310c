"""Claims of a close: a file for each courier that is asked for money, however its contract was told."""

import csv
from datetime import UTC, date, datetime

import attrs
import polars as pl
import pytest
from moneyed import Money

from closing.shop import RULES, clean_tables, config
from closing.test_books_over_months import november, october
from tieout.casebook import Actor, Casebook, Resolution
from tieout.closing import CasebookRule, RunRule, close_tables
from tieout.model import CourierCharge, StockDocument, StockDocumentLine, StockMovement
from tieout.reports.html.page import html_of
from tieout.tables import Table


def billed_too_much(*carriers, month=clean_tables, charges=3, by=500):
    """The month with some charges of these couriers too high, each by so many cents, and no other courier."""
    tables, count = dict(month()), charges
    charges = tables["CourierCharge"].to_polars().filter(pl.col("carrier").is_in(carriers))
    first = pl.int_range(pl.len()).over("carrier") < count
    more = pl.when(first).then(pl.col("amount_minor") + by).otherwise("amount_minor")
    tables["CourierCharge"] = Table(charges.with_columns(more.alias("amount_minor")), tables["CourierCharge"].record)
    tables["Shipment"] = tables["Shipment"].filter(pl.col("carrier").is_in(carriers))
    return {name: tables[name] for name in ("CourierCharge", "Shipment")}


def claimed(folder):
    """The sum of each file of claims in a folder, by its name."""
    found = {}
    for path in sorted(folder.glob("claims*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found[path.name] = [row["claimed"] for row in csv.DictReader(file)]
    return found


@pytest.mark.parametrize("is_each", [True, False], ids=["by courier", "for all"])
def test_a_courier_that_owes_has_a_file_however_its_contract_is_told(is_each, tmp_path):
    zto = RULES["courier_bill"].each["zto"]
    rule = RunRule(each={"zto": zto}) if is_each else RunRule(settings=zto)
    told = config(tmp_path, reconciliations={**RULES, "courier_bill": rule})

    found = close_tables(billed_too_much("zto"), told, dry_run=False)

    assert {"claims_zto.csv": ["5.00"] * 3} == claimed(tmp_path / "out")
    assert ("claims written", 3) in found.stage("archive").counts


def test_what_one_contract_covers_is_one_claim(tmp_path):
    told = config(tmp_path, reconciliations={"courier_bill": RunRule(settings=RULES["courier_bill"].each["zto"])})

    found = close_tables(billed_too_much("zto", "sf"), told, dry_run=False)

    (bills,) = found.outcomes
    owed = bills.discrepancies.to_polars()["claimable"].sum()
    assert {"claims_zto.csv": owed} == {name: len(rows) for name, rows in claimed(tmp_path / "out").items()}


def bought_from(*suppliers):
    """Goods of each supplier, ordered at 8.00, come in whole and billed at 9.00: 10.00 too much each; None for nobody named."""
    documents, movements = [], []
    for at, supplier in enumerate(suppliers):
        order, sku = f"PO{at}", f"LAMP-{at}"
        lines = {price: StockDocumentLine(sku=sku, quantity=10, unit_price=Money(price, "CNY")) for price in (8, 9)}
        common = {"supplier": supplier, "warehouse": "Hangzhou", "issued_on": date(2026, 10, 5)}
        documents += [
            StockDocument(kind="purchase_order", document_id=order, lines=(lines[8],), **common),
            StockDocument(kind="supplier_invoice", document_id=f"IN{at}", order_ref=order, lines=(lines[9],), **common),
        ]
        movements.append(
            StockMovement(
                movement_id=f"M{at}",
                type="purchase_in",
                sku=sku,
                quantity=10,
                unit_cost=Money(8, "CNY"),
                document_ref=order,
                warehouse="Hangzhou",
                occurred_at=datetime(2026, 10, 8, tzinfo=UTC),
            )
        )
    return {
        "StockDocument": Table.from_records(documents, StockDocument),
        "StockMovement": Table.from_records(movements, StockMovement),
    }


def test_each_supplier_that_billed_too_much_has_a_file_of_its_own(tmp_path):
    told = config(tmp_path, reconciliations={"inbound": RunRule()})

    found = close_tables(bought_from("Acme", "灯具/二厂", "灯具 二厂", "acme", None), told, dry_run=False)

    names = ["", "-Acme", "-acme_2", "-灯具-二厂", "-灯具-二厂_2"]
    assert {f"claims_inbound{name}.csv": ["10.00"] for name in names} == claimed(tmp_path / "out")
    assert ("claims written", 5) in found.stage("archive").counts


def test_a_supplier_whose_name_is_that_of_anothers_file_of_before_has_files_of_its_own(tmp_path):
    told = config(tmp_path, reconciliations={"inbound": RunRule()})
    month = bought_from("Acme", "ACME_earlier")
    close_tables(month, attrs.evolve(told, out=tmp_path / "10"), dry_run=False)
    nothing = {name: Table(table.to_polars().clear(), table.record) for name, table in month.items()}

    later = close_tables(
        nothing,
        attrs.evolve(told, period="2026-11", as_of=date(2026, 11, 30), opening=tmp_path / "10", out=tmp_path / "11"),
        dry_run=False,
    )

    names = ["ACME_earlier", "Acme_2"]
    assert sorted(f"claims_inbound-{name}.csv" for name in names) == sorted(claimed(tmp_path / "10"))
    assert sorted(f"claims_inbound-{name}_earlier.csv" for name in names) == sorted(claimed(tmp_path / "11"))
    assert ("claims asked for before", 2) in later.stage("archive").counts


def test_a_supplier_is_told_its_order_and_invoice_and_nothing_of_others(tmp_path):
    told = config(tmp_path, reconciliations={"inbound": RunRule()})

    close_tables(bought_from("Acme", "Bolt"), told, dry_run=False)

    with (tmp_path / "out" / "claims_inbound-Bolt.csv").open(encoding="utf-8-sig", newline="") as file:
        text = file.read()
    (row,) = csv.DictReader(text.splitlines())
    assert {"supplier": "Bolt", "document_id": "PO1", "invoice_ids": "IN1", "sku": "LAMP-1"}.items() <= row.items()
    assert ("90.00", "80.00", "10.00", "CNY") == tuple(
        row[name] for name in ("billed", "expected", "claimed", "currency")
    )
    assert "Acme" not in text


def asked_for(close):
    """What the page of a close says is to be claimed."""
    page = html_of(close.data, close.reports, plots=False)
    return [amount for amount in ("15.00", "10.00", "5.00") if f">{amount} <" in page.partition("To claim")[2][:200]]


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    """Three charges too high, one of which somebody found to be right, and one of which was claimed."""
    folder = tmp_path_factory.mktemp("decided")
    kept = CasebookRule(url=f"sqlite:///{folder / 'books.db'}", actor="month end", roles=["data", "accountant"])
    told = config(folder, casebook=kept)
    first = close_tables(billed_too_much("zto"), told, dry_run=False)
    before = claimed(folder / "out"), asked_for(first)
    with Casebook(kept.url) as cases:
        right, sent, _ = cases.open()["case_id"].to_list()
        actor = Actor("li", roles=["finance_manager"])
        ended = {"cause": "timing", "responsible": "courier", "resolution": Resolution.FALSE_POSITIVE}
        cases.resolve(right, actor=actor, reason="by hand", **ended)
        cases.claim([sent], actor=actor)
    return before, folder, close_tables(billed_too_much("zto"), told, dry_run=False)


def test_what_somebody_settled_or_claimed_is_asked_for_no_more(decided):
    before, folder, again = decided

    assert ({"claims_zto.csv": ["5.00"] * 3}, ["15.00"]) == before
    assert {"claims_zto.csv": ["5.00"], "claims_zto_earlier.csv": ["5.00"]} == claimed(folder / "out")
    assert {("claims written", 1), ("claims asked for before", 1)} <= set(again.stage("archive").counts)


def test_neither_the_page_nor_a_statement_asks_for_what_is_settled(decided):
    *_, again = decided
    statement = next(one for one in again.reports if one.name == "statements_courier")

    assert ["10.00"] == asked_for(again)
    assert 1_000 == statement.frames["differences"]["claimed_minor"].sum()
    assert 1_500 == statement.frames["differences"]["difference_minor"].sum()


def month_of(folder, period, tables, **more):
    """A close of a month into a folder of its own, that of the month before being what it begins with."""
    year, month = map(int, period.split("-"))
    before = folder / f"{year}-{month - 1:02}"
    told = {"period": period, "out": folder / period, "opening": before if before.is_dir() else None}
    as_of = date(year, month, 31 if month in {10, 12} else 30)
    return close_tables(tables, config(folder, as_of=as_of, **told, **more), dry_run=False)


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    """October with three charges too high and November with two more, neither of which anybody paid back."""
    folder = tmp_path_factory.mktemp("months")
    month_of(folder, "2026-10", billed_too_much("zto", month=october))
    second = month_of(folder, "2026-11", billed_too_much("zto", month=november, charges=2, by=300))
    return folder, second


def test_the_next_month_asks_for_what_is_new_and_lists_apart_what_it_asked_for_before(months):
    folder, second = months
    said = "3 claims that were asked for before are still open: they are in claims_zto_earlier.csv, and not in claims_zto.csv"

    assert {"claims_zto.csv": ["5.00"] * 3} == claimed(folder / "2026-10")
    assert {"claims_zto.csv": ["3.00"] * 2, "claims_zto_earlier.csv": ["5.00"] * 3} == claimed(folder / "2026-11")
    assert said in second.stage("archive").notes
    assert {("claims written", 2), ("claims asked for before", 3)} <= set(second.stage("archive").counts)
    assert 5 == second.data.outcomes[0].discrepancies.to_polars()["claimable"].sum()  # each is still owed


def test_what_was_asked_for_is_known_a_month_later_though_the_courier_sent_no_bill(months):
    folder, _ = months
    nothing = {kind: table.filter(pl.lit(value=False)) for kind, table in november().items()}

    month_of(folder, "2026-12", nothing)

    assert {"claims_zto_earlier.csv": ["5.00"] * 3 + ["3.00"] * 2} == claimed(folder / "2026-12")


def test_a_claim_whose_amount_changed_is_asked_for_anew_and_that_is_said(tmp_path):
    month_of(tmp_path, "2026-10", billed_too_much("zto", month=october))
    tables = billed_too_much("zto", month=october, by=700)

    second = month_of(tmp_path, "2026-11", tables)

    notes = [one for one in second.stage("archive").notes if "another amount" in one]
    assert {"claims_zto.csv": ["7.00"] * 3} == claimed(tmp_path / "2026-11")
    assert ["3 claims of claims_zto.csv were asked for before with another amount"] == notes


def test_the_same_month_closed_again_asks_for_the_same(months):
    folder, _ = months

    month_of(folder, "2026-11", billed_too_much("zto", month=november, charges=2, by=300))

    assert {"claims_zto.csv": ["3.00"] * 2, "claims_zto_earlier.csv": ["5.00"] * 3} == claimed(folder / "2026-11")


@pytest.fixture
def kept(tmp_path):
    """A casebook in which October was closed, with three charges too high."""
    rule = CasebookRule(url=f"sqlite:///{tmp_path / 'books.db'}", actor="month end", roles=["data", "accountant"])
    month_of(tmp_path, "2026-10", billed_too_much("zto", month=october), casebook=rule)
    return rule


LI, ZHAO = (Actor(name, roles=["finance_manager", "admin"]) for name in ("li", "zhao"))


def test_with_a_casebook_too_the_next_month_asks_for_what_is_new(kept, tmp_path):
    month_of(tmp_path, "2026-11", billed_too_much("zto", month=november, charges=2, by=300), casebook=kept)

    assert {"claims_zto.csv": ["3.00"] * 2, "claims_zto_earlier.csv": ["5.00"] * 3} == claimed(tmp_path / "2026-11")


def test_what_the_courier_answered_is_asked_for_no_more_by_any_file(kept, tmp_path):
    with Casebook(kept.url) as cases:
        waits, refused, agreed = cases.open()["case_id"].to_list()
        (claim,) = cases.claim([waits, refused, agreed], actor=LI)
        cases.claim_rejected(claim.claim_id, case_ids=refused, reason="weighed again", actor=LI)
        cases.claim_accepted(claim.claim_id, case_ids=agreed, amounts={agreed: Money(3, "CNY")}, actor=LI)
    said = "2 claims were answered and are not settled: the casebook tells of them, they are in neither claims_zto.csv"

    again = month_of(tmp_path, "2026-10", billed_too_much("zto", month=october), casebook=kept)

    assert {"claims_zto_earlier.csv": ["5.00"]} == claimed(tmp_path / "2026-10")
    assert [f"{said} nor claims_zto_earlier.csv"] == [one for one in again.stage("archive").notes if "answered" in one]


def test_a_month_that_is_closed_again_after_the_next_one_claims_nothing_that_was_settled(kept, tmp_path):
    with Casebook(kept.url) as cases:
        right, sent, _ = cases.open()["case_id"].to_list()
        ended = {"cause": "timing", "responsible": "courier", "resolution": Resolution.FALSE_POSITIVE}
        cases.resolve(right, actor=LI, reason="by hand", **ended)
        cases.claim([sent], actor=LI)
        for sample in cases.reviews.samples(period="2026-10"):
            cases.reviews.sign_off(sample, actor=ZHAO)
        book = config(tmp_path).book
        ids = [one.voucher_id for one in cases.vouchers.journal(book).vouchers]
        cases.vouchers.review(ids, book=book, actor=ZHAO)
        cases.vouchers.book(ids, book=book, actor=ZHAO)
        cases.periods.lock("2026-10", actor=LI, reason="month end", carry=cases.open()["case_id"].to_list())
    month_of(tmp_path, "2026-11", billed_too_much("zto", month=november, charges=2, by=300), casebook=kept)

    month_of(tmp_path, "2026-10", billed_too_much("zto", month=october), casebook=kept)

    assert {"claims_zto.csv": ["5.00"], "claims_zto_earlier.csv": ["5.00"]} == claimed(tmp_path / "2026-10")


def credited(tables, minor):
    """A month in which the courier credits so many cents of the first charge that was too high in October."""
    charges = tables["CourierCharge"].to_polars()
    wrong = (
        billed_too_much("zto", month=october)["CourierCharge"].to_polars().filter(pl.col("carrier") == "zto").head(1)
    )
    credit = wrong.with_columns(
        pl.lit(-minor, dtype=pl.Int64).alias("amount_minor"),
        pl.col("bill_no") + "9",
        pl.lit("nov.csv").alias("source_file"),
    )
    return {**tables, "CourierCharge": Table(pl.concat([charges, credit.select(charges.columns)]), CourierCharge)}


def claim_all(kept):
    with Casebook(kept.url) as cases:
        cases.claim(cases.open()["case_id"].to_list(), actor=LI)


@pytest.mark.parametrize("is_kept", [False, True], ids=["without a casebook", "with one"])
def test_what_is_left_of_a_claim_after_a_credit_is_not_asked_for_anew_in_any_later_month(is_kept, kept, tmp_path):
    folder, more = (tmp_path, {"casebook": kept}) if is_kept else (tmp_path / "plain", {})
    if is_kept:
        claim_all(kept)
    else:
        month_of(folder, "2026-10", billed_too_much("zto", month=october))
    nothing = {kind: table.filter(pl.lit(value=False)) for kind, table in november().items()}

    month_of(folder, "2026-11", credited(billed_too_much("zto", month=november, charges=0), 200), **more)
    month_of(folder, "2026-12", nothing, **more)

    left = ["3.00", "5.00", "5.00"]
    assert {"claims_zto_earlier.csv": left} == {
        name: sorted(rows) for name, rows in claimed(folder / "2026-11").items()
    }
    assert {"claims_zto_earlier.csv": left} == {
        name: sorted(rows) for name, rows in claimed(folder / "2026-12").items()
    }


def test_what_came_back_of_a_claim_is_taken_off_what_is_asked_for_once_its_charge_is_more(kept, tmp_path):
    claim_all(kept)
    with Casebook(kept.url) as cases:
        [claim] = cases.claims_frame()["claim_id"].unique()
        paid, *_ = cases.claims_frame()["case_id"]
        cases.claim_accepted(claim, case_ids=paid, amounts={paid: Money(3, "CNY")}, actor=LI)
        cases.claim_credited(claim, case_ids=paid, reference="by bank", actor=LI)

    more = billed_too_much("zto", month=october, by=700)
    month_of(tmp_path, "2026-11", more, casebook=kept)
    nothing = {kind: table.filter(pl.lit(value=False)) for kind, table in november().items()}
    month_of(tmp_path, "2026-12", nothing, casebook=kept)

    assert {"claims_zto.csv": ["4.00", "7.00", "7.00"]} == {
        n: sorted(r) for n, r in claimed(tmp_path / "2026-11").items()
    }
    assert {"claims_zto_earlier.csv": ["4.00", "7.00", "7.00"]} == {
        name: sorted(rows) for name, rows in claimed(tmp_path / "2026-12").items()
    }
