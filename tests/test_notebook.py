"""How results show themselves in a notebook: one style, nothing unescaped, figures exact, long tables cut and told."""

import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import polars as pl
import pytest
from moneyed import Money

from tieout import _notebook
from tieout.matching import Matcher
from tieout.model import CourierCharge, JournalLine, Provenance, Voucher
from tieout.outcome import Summary
from tieout.proof import Check, Proof
from tieout.reports import Column, Report, Section
from tieout.sources import formats
from tieout.tables import Table

NASTY = "<script>alert('x')</script> & \"y\""


class Page(HTMLParser):
    """What a browser makes of it: elements, their attributes and texts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.texts.append(data)


def charge(number, amount="12.50", **fields):
    return CourierCharge(
        carrier="sf", tracking_no=f"SF{number}", charge_type="base", amount=Money(amount, "CNY"), **fields
    )


def voucher(count=2, summary="运费"):
    lines = [
        JournalLine(line_no=at, summary=summary, account="6601", debit=Money("1.50", "CNY")) for at in range(1, count)
    ]
    total = Money(Decimal("1.50") * (count - 1), "CNY")
    last = JournalLine(line_no=count, summary=summary, account="2202", account_name="应付账款", credit=total)
    return Voucher(voucher_id="v", period="2026-10", word="记", number=7, date=date(2026, 10, 31), lines=(*lines, last))


def section(count=2, text="tmall"):
    frame = pl.DataFrame(
        {"shop": [f"{text} {at}" for at in range(count)], "open_minor": [-123456] * count, "currency": ["CNY"] * count}
    )
    columns = (
        Column(name="shop", title="Shop", title_zh="店铺"),
        Column(name="open_minor", title="Open", title_zh="未收", kind="money"),
    )
    totals = frame.group_by("currency").agg(pl.col("open_minor").sum())
    return Section(name="open", title=f"Open {NASTY}", title_zh="未收", columns=columns, frame=frame, totals=totals)


def report(count=2, text="tmall"):
    return Report(
        name="r", title="Collection", title_zh="回款", facts=(("period", NASTY),), sections=[section(count, text)]
    )


def matched():
    left, right = (
        pl.DataFrame(
            {"tracking_no": ["a", "b"], "amount_minor": [1, 2], "day": [date(2026, 10, 1)] * 2, "currency": "CNY"}
        )
        for _ in range(2)
    )
    return Matcher.standard(key="tracking_no", amount="amount_minor", date="day").match(left, right)


SHOWN = {
    "table": lambda: Table.from_records([charge(1)]),
    "summary": lambda: Summary(title=NASTY, sections=((NASTY, ((NASTY, "1.00"),)),)),
    "proof": lambda: Proof([Check(name=NASTY, side="charges", currency="CNY", total=3, parts={NASTY: 2})]),
    "voucher": lambda: voucher(summary=NASTY),
    "matches": matched,
    "formats": formats,
    "section": lambda: section(text=NASTY),
    "report": lambda: report(text=NASTY),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_is_one_style_without_script_request_or_loose_ends(name):
    shown = SHOWN[name]()._repr_html_()
    page = Page(shown)

    assert [] == page.open
    assert shown.startswith('<div class="tieout"><style>')
    assert not {"script", "img", "link", "iframe", "a"} & set(page.tags)
    assert not re.search(r"https?:|url\(|@import", shown)
    assert {"class", "scope"} >= {name for _, name, _ in page.attributes}
    assert page.tags.count("th") == sum(name == "scope" for _, name, _ in page.attributes)


@pytest.mark.parametrize("name", ["summary", "proof", "voucher", "section", "report"])
def test_every_text_is_escaped(name):
    page = Page(SHOWN[name]()._repr_html_())

    assert "script" not in page.tags
    assert any(NASTY in text for text in page.texts)


def test_a_table_shows_amounts_as_amounts_and_what_holds_anything():
    lines = [
        charge(1, "1234567.80"),
        charge(2, "-3.00", provenance=Provenance(file="a.csv", sha256="ab" * 32, line=4), raw={"note": NASTY}),
    ]
    page = Page(Table.from_records(lines)._repr_html_())

    assert "Table[CourierCharge] of 2 rows" in page.texts
    assert {"1,234,567.80", "-3.00", "amount", "a.csv"} <= set(page.texts)
    assert not {"amount_minor", "vat_rate", "source_sha256", "raw", NASTY} & set(page.texts)


def test_a_table_is_cut_and_says_how_many_rows_there_are_besides():
    few, many = (Table.from_records([charge(number) for number in range(count)]) for count in (20, 25))

    assert "more row" not in few._repr_html_()
    assert "5 more rows" in many._repr_html_()
    assert 20 == sum(text.startswith("SF") for text in Page(many._repr_html_()).texts)


def test_a_voucher_shows_its_lines_and_its_sums():
    page = Page(voucher()._repr_html_())

    assert "记-7, 2026-10-31, normal, draft" in page.texts
    assert 4 == page.texts.count("1.50 CNY")
    assert "2202 应付账款" in page.texts


def test_a_long_voucher_is_cut_and_its_sum_is_not():
    page = Page(voucher(30)._repr_html_())

    assert "10 more rows" in page.texts
    assert 2 == page.texts.count("43.50 CNY")


def test_a_proof_shows_what_fails_first():
    held = [Check(name=f"rows {at}", side="bill", currency=None, total=1, parts={"read": 1}) for at in range(30)]
    off = Check(name="money", side="bill", currency="CNY", total=150, parts={"matched": 100, "open": 40})
    page = Page(Proof([*held, off])._repr_html_())

    assert "THE PROOF FAILS in 1 of its checks: 31 checks" in page.texts
    assert ["bill", "money", "1.50 CNY", "1.00 CNY matched + 0.40 CNY open", "0.10 CNY"] == page.texts[6:11]
    assert "11 more rows" in page.texts


def test_a_result_of_a_matcher_shows_pairs_rest_and_proof():
    page = Page(matched()._repr_html_())

    assert "confirmed" in page.texts
    assert "2" in page.texts
    assert any(text.startswith("The proof holds") for text in page.texts)


def test_a_report_shows_its_sections_with_their_totals():
    page = Page(report()._repr_html_())

    assert ["Collection", "Period", NASTY, f"Open {NASTY} (CNY)"] == page.texts[:4]
    assert 2 == page.texts.count("-1,234.56")
    assert ["total", "-2,469.12"] == page.texts[-2:]
    assert "tfoot" in page.tags


def test_what_is_nothing_makes_no_element():
    assert "" == _notebook.items([]) == _notebook.paragraph("")
    assert "and 3 more" in _notebook.items([], more=3)
