"""Claims of a close: a file for each courier that is asked for money, however its contract was told."""

import csv
from datetime import UTC, date, datetime

import polars as pl
import pytest
from moneyed import Money

from closing.shop import RULES, clean_tables, config
from tieout.casebook import Actor, Casebook, Resolution
from tieout.closing import CasebookRule, RunRule, close_tables
from tieout.model import StockDocument, StockDocumentLine, StockMovement
from tieout.reports.html.page import html_of
from tieout.tables import Table


def billed_too_much(*carriers):
    """The month with three charges of these couriers 5.00 too high each, and no other courier."""
    tables = dict(clean_tables())
    charges = tables["CourierCharge"].to_polars().filter(pl.col("carrier").is_in(carriers))
    first = pl.int_range(pl.len()).over("carrier") < 3
    more = pl.when(first).then(pl.col("amount_minor") + 500).otherwise("amount_minor")
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


def test_what_somebody_settled_is_claimed_no_more(decided):
    before, folder, again = decided

    assert ({"claims_zto.csv": ["5.00"] * 3}, ["15.00"]) == before
    assert {"claims_zto.csv": ["5.00"] * 2} == claimed(folder / "out")
    assert ("claims written", 2) in again.stage("archive").counts


def test_neither_the_page_nor_a_statement_asks_for_what_is_settled(decided):
    *_, again = decided
    statement = next(one for one in again.reports if one.name == "statements_courier")

    assert ["10.00"] == asked_for(again)
    assert 1_000 == statement.frames["differences"]["claimed_minor"].sum()
    assert 1_500 == statement.frames["differences"]["difference_minor"].sum()
