"""The page of a close, without a browser: what stands in it, what cannot get out of it, and that it is exact and the same each time."""

import base64
import gzip
import hashlib
import json
import re
import tomllib
from datetime import date, datetime, timezone
from decimal import Decimal
from html.parser import HTMLParser
from importlib.resources import files

import attrs
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.month_world import faulty_month, many_discrepancies
from tieout.errors import ConfigError, InputError
from tieout.model.after_sale import ReturnKind
from tieout.model.courier import ChargeType
from tieout.model.currency import from_units
from tieout.model.order import DiscountKind, OrderStatus
from tieout.model.settlement import SettlementLineType
from tieout.proof import Check, Proof
from tieout.reports import Column, Report, ReportData, Section, StageReport
from tieout.reports.figures import cell_text, money_text, shown
from tieout.reports.html import write_html
from tieout.reports.html.findings import all_findings, causes_of
from tieout.reports.html.packing import json_for_page, packed
from tieout.reports.html.page import html_of, page_codes
from tieout.reports.html.parts import Parts
from tieout.reports.metrics.facts import fact_kinds
from tieout.reports.standard import standard

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>&amp;\u202egnp.exe\x00=cmd|' /C calc'!A0"


class Page(HTMLParser):
    """What a browser would find in the text: elements, ids and the scripts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.ids, self.scripts, self.headings, self._in = [], [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        self.elements.append((tag, about))
        if "id" in about:
            self.ids.append(about["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self._in = tag
        if tag == "script":
            self.scripts.append((about, ""))

    def handle_endtag(self, tag):
        self._in = None

    def handle_data(self, data):
        if self._in == "script":
            about, text = self.scripts[-1]
            self.scripts[-1] = (about, text + data)

    def about(self):
        return json.loads(next(text for about, text in self.scripts if about.get("id") == "page-data"))

    def table(self, sheet):
        name = self.about()["sheets"][sheet]["data"]
        text = next(text for about, text in self.scripts if about.get("id") == f"packed-{name}")
        return json.loads(gzip.decompress(base64.b64decode(text)))


def data(**given):
    return ReportData(
        **{"name": "Lamp House", "period": "2026-10", "as_of": date(2026, 10, 31), "currency": "CNY", **given}
    )


def one_report(frame, columns, **given):
    section = Section(
        name="by_shop", title="By shop", title_zh="按店铺", columns=columns, frame=frame, **{"key": ("shop",), **given}
    )
    return Report(name="sales", title="Sales", title_zh="销售", sections=(section,))


SHOP = Column(name="shop", title="Shop", title_zh="店铺")
AMOUNT = Column(name="amount_minor", title="Amount", title_zh="金额", kind="money")


def shops(amounts, name="shop {}", currency="CNY"):
    rows = range(len(amounts))
    return pl.DataFrame(
        {"shop": [name.format(row) for row in rows], "amount_minor": amounts, "currency": [currency] * len(amounts)}
    )


@pytest.fixture(scope="module")
def month():
    return Page(html_of(faulty_month(), (), plots=False))


def test_the_same_input_gives_the_same_bytes(tmp_path):
    for name in ("one.html", "two.html"):
        write_html(many_discrepancies(500), (), tmp_path / name, plots=False)

    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    assert {"one.html", "two.html"} == {path.name for path in tmp_path.iterdir()}


def test_nothing_in_the_page_can_be_fetched(month):
    linked = [about.get(name) for _, about in month.elements for name in ("src", "href") if name in about]

    assert [] == [link for link in linked if not link.startswith(("#", "data:"))]
    policy = next(about["content"] for _, about in month.elements if about.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "connect-src" not in policy


def test_the_policy_names_exactly_the_scripts_and_the_style_of_the_page(month):
    text = html_of(data(), (), plots=False)
    page = Page(text)
    policy = next(about["content"] for _, about in page.elements if about.get("http-equiv"))
    run = [body for about, body in page.scripts if "type" not in about]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]

    assert re.findall(r"'sha256-[^']+'", policy) == [
        f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in (*run, style)
    ]


def test_text_of_files_is_shown_as_text():
    frame = shops([1]).with_columns(shop=pl.lit(HOSTILE))
    given = data(
        name=HOSTILE,
        rejects=pl.DataFrame({"file": [HOSTILE], "line": [1], "reason": [HOSTILE], "raw": [HOSTILE]}),
        proof=Proof([Check(name=HOSTILE, side=HOSTILE, currency=None, total=1, parts={HOSTILE: 1})]),
        type_titles={HOSTILE: (HOSTILE, HOSTILE)},
    )
    report = attrs.evolve(one_report(frame, (SHOP, AMOUNT)), title=HOSTILE, facts=((HOSTILE, HOSTILE),))

    text = html_of(given, (report,), plots=False)
    page = Page(text)

    assert [] == [about for tag, about in page.elements if tag == "img" or "onerror" in about]
    assert sum(1 for about, _ in page.scripts if "type" not in about) == 4  # Tabulator's and ours
    assert "<img" not in text
    assert "\u202e" not in text
    assert "\\u202e" in text  # it is spelled out


def test_json_in_a_script_cannot_end_it():
    text = json_for_page({"a": HOSTILE, "b": "\u2028"})

    assert not set("<>&\u2028") & set(text)
    assert {"a": HOSTILE, "b": "\u2028"} == json.loads(text)


@given(st.integers(-(10**22), 10**22), st.sampled_from(["CNY", "JPY", "BHD"]))
def test_an_amount_is_written_to_its_last_digit(minor, currency):
    assert str(from_units(minor, currency)) == money_text(minor, currency).replace(",", "") or minor == 0


def test_an_amount_that_a_float_cannot_hold_stands_in_the_page_exactly():
    big = 2**53 + 1
    page = Page(html_of(data(), (one_report(shops([big, -1, None]), (SHOP, AMOUNT)),), plots=False))

    assert [str(big), -1, None] == page.table("sales.by_shop")["c"]["amount_minor"]["v"]


def test_the_first_rows_stand_in_the_page_with_their_exact_figures():
    text = html_of(data(), (one_report(shops([123456789, 5], currency="JPY"), (SHOP, AMOUNT)),), plots=False)

    assert '<td class="num">123,456,789</td>' in text
    assert '<span class="unit">JPY</span>' in text


def test_several_currencies_are_written_beside_their_amounts():
    frame = shops([100, 100]).with_columns(currency=pl.Series(["CNY", "JPY"]))

    text = html_of(data(), (one_report(frame, (SHOP, AMOUNT)),), plots=False)

    assert '<td class="num">1.00 CNY</td>' in text
    assert '<td class="num">100 JPY</td>' in text


def test_an_unknown_figure_stays_empty_and_is_no_zero():
    text = html_of(data(), (one_report(shops([None, 0]), (SHOP, AMOUNT)),), plots=False)

    assert '<td class="num"></td>' in text
    assert '<td class="num">0.00</td>' in text


def test_a_table_beyond_the_bound_is_cut_and_says_where_the_rest_is():
    text = html_of(many_discrepancies(400), (), plots=False, rows=100)
    page = Page(text)

    about = page.about()["sheets"]["discrepancies"]
    assert (100, 400) == (about["rows"], about["total"])
    assert "100 most important of 400 rows; all are in discrepancies.csv" in text
    assert 100 == page.table("discrepancies")["n"]


def test_the_most_severe_and_largest_discrepancies_are_the_first():
    frame = all_findings(many_discrepancies(400))
    ranks = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
    order = [(-ranks[severity], -abs(impact)) for severity, impact in frame.select("severity", "impact_minor").rows()]

    assert sorted(order) == order


def test_of_rows_behind_that_are_cut_every_figure_keeps_its_largest():
    details = pl.DataFrame(
        {"shop": ["a"] * 300 + ["b"], "amount_minor": [*range(1000, 1300), 1], "currency": ["CNY"] * 301}
    )
    frame = details.group_by("shop", "currency").agg(pl.col("amount_minor").sum()).sort("shop")
    report = one_report(frame, (SHOP, AMOUNT), details=details, sums=("amount_minor",))

    page = Page(html_of(data(), (report,), plots=False, details=50))
    table = page.table("sales.by_shop.rows")
    amounts = table["c"]["amount_minor"]["v"]

    assert 50 == table["n"]
    assert 1 in amounts  # the only row of b
    assert 1299 in amounts
    assert 1000 not in amounts


def test_details_that_several_sections_share_stand_once_in_the_page():
    details = shops([5, 7]).with_columns(source_file=pl.lit("a.csv"), source_line=pl.Series([3, 4]))
    both = [
        one_report(shops([5, 7]), (SHOP, AMOUNT), details=details, sums=("amount_minor",)).sections[0] for _ in range(2)
    ]
    report = Report(name="r", title="R", title_zh="R", sections=[both[0], attrs.evolve(both[1], name="again")])

    page = Page(html_of(data(), (report,), plots=False))

    assert (
        "r.by_shop.rows" == page.about()["sheets"]["r.by_shop"]["behind"] == page.about()["sheets"]["r.again"]["behind"]
    )
    assert ["a.csv:3", "a.csv:4"] == page.table("r.by_shop.rows")["c"]["source"]["v"]


def test_causes_are_by_the_money_that_differs_and_their_shares_add_up():
    section = causes_of(all_findings(faulty_month()))
    frame = section.frame

    assert 37 == frame["count"].sum()
    assert sorted(frame["size_minor"], reverse=True) == frame["size_minor"].to_list()
    assert 1.0 == frame["up_to"][-1]
    assert -4_910_875 == frame["impact_minor"].sum()
    assert -4_910_875 == section.totals["impact_minor"][0]


def test_causes_without_money_have_no_shares():
    frame = causes_of(all_findings(faulty_month()).with_columns(impact_minor=pl.lit(0, dtype=pl.Int64))).frame

    assert {None} == set(frame["share"]) == set(frame["up_to"])


def test_what_the_casebook_says_of_a_case_goes_before_the_finding():
    month = faulty_month()
    first = all_findings(month).row(0, named=True)
    cases = pl.DataFrame(
        {"reconciliation": [first["reconciliation"]], "discrepancy_id": [first["discrepancy_id"]], "state": ["claimed"]}
    )

    frame = all_findings(attrs.evolve(month, cases=cases))

    assert ["claimed", "open"] == frame["state"][:2].to_list()
    assert 37 == frame.height


def looked_at(page):
    """How many discrepancies the summary of a page asks to be looked at."""
    return [line for line in page.partition("<dl")[0].splitlines() if "discrepancies to look at" in line]


def test_what_is_settled_is_not_to_be_looked_at_any_more():
    month = faulty_month()
    cases = all_findings(month).select("reconciliation", "discrepancy_id")
    half = cases.with_row_index("at").with_columns(
        pl.when(pl.col("at") < 30).then(pl.lit("resolved")).otherwise(pl.lit("open")).alias("state")
    )

    of_cases, of_states, settled = (
        html_of(attrs.evolve(month, cases=one), (), plots=False)
        for one in (
            half.with_columns((pl.col("state") == "open").alias("is_open")),
            half,
            cases.with_columns(pl.lit("resolved").alias("state")),
        )
    )

    assert ["7 discrepancies to look at" in line for line in looked_at(of_cases) + looked_at(of_states)] == [True] * 2
    assert [] == looked_at(settled)
    assert "The proof holds: every record and every amount is accounted for." in settled


def test_a_proof_that_fails_is_said_first_and_its_checks_stand_first():
    checks = [
        Check(name="rows", side="orders", currency=None, total=3, parts={"agreed": 3}),
        Check(name="amounts", side="orders", currency="CNY", total=300, parts={"agreed": 100}),
    ]

    text = html_of(data(proof=Proof(checks)), (), plots=False)

    assert "The proof fails" in text
    assert 'class="verdict bad"' in text
    assert text.index("IS OFF") < text.index("Ties out")
    assert "2.00 CNY" in text


@pytest.mark.parametrize("has_run", [True, False])
def test_a_close_that_reconciled_nothing_does_not_say_that_all_ties_out(has_run):
    proof = Proof((Check(name="files", side="collect", currency=None, total=1, parts={"read": 1}),))
    stages = (StageReport(name="detect", status="done", counts=(("runs", 0),)),) if has_run else ()
    page = html_of(data(proof=proof, stages=stages), ())
    summary = page.partition('<section id="summary"')[2].partition("</section>")[0]

    assert has_run == ("Nothing was reconciled: the stages say" in summary)
    assert has_run != ("Everything ties out." in summary)


def test_a_close_without_anything_is_a_page_too():
    page = Page(html_of(data(), (), plots=False))

    assert {"summary", "proof", "causes", "ageing", "discrepancies", "files"} <= set(page.ids)


def test_every_id_is_one_and_every_link_leads_to_one(month):
    assert sorted(set(month.ids)) == sorted(month.ids)
    links = {about["href"][1:] for tag, about in month.elements if tag == "a"}
    assert links <= set(month.ids)


def test_headings_skip_no_level(month):
    assert 1 == month.headings[0]
    assert all(after - before <= 1 for before, after in zip(month.headings, month.headings[1:], strict=False))


@pytest.mark.parametrize(("language", "has", "lacks"), [("en", "Summary", "摘要"), ("zh", "摘要", ">Summary<")])
def test_a_page_of_one_language_has_that_one_alone(language, has, lacks):
    text = html_of(data(), (), language=language, plots=False)
    body = text[text.index("<body>") : text.index('id="page-data"')]

    assert has in body
    assert lacks not in body
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in text


def test_without_the_extra_the_page_says_that_charts_are_left_out(monkeypatch):
    from tieout.errors import MissingExtra
    from tieout.reports.html import parts

    def lacking(*_, **__):
        raise MissingExtra("vl-convert-python", extra="plots", purpose="drawing a chart")

    monkeypatch.setattr(parts, "section_plots", lacking)

    assert "Charts are left out: they need tieout[plots]" in html_of(faulty_month(), ())


def test_a_column_of_a_figure_in_several_units_is_one(month):
    columns = (
        Column(name="shop", title="Figure", title_zh="指标"),
        Column(name="value_minor", title="Amount", title_zh="金额", kind="money"),
        Column(name="value_share", title="Share", title_zh="比率", kind="share"),
        Column(name="value_number", title="Number", title_zh="数值", kind="number"),
        Column(name="currency", title="Currency", title_zh="币种"),
    )
    frame = pl.DataFrame(
        {
            "shop": ["sales", "rate", "days"],
            "value_minor": [12345, None, None],
            "value_share": [None, 0.25, None],
            "value_number": [None, None, 4.5],
            "currency": ["CNY"] * 3,
        }
    )

    page = Page(html_of(data(), (one_report(frame, columns),), plots=False))

    assert ["123.45 CNY", "25.0 %", "4.5"] == page.table("sales.by_shop")["c"]["value_text"]["v"]


def test_columns_of_every_type_can_be_packed():
    at = datetime(2026, 10, 1, 16, 30, tzinfo=timezone.utc)  # noqa: UP017 - as frames have it
    frame = pl.DataFrame(
        {
            "day": [date(2026, 10, 1), None],
            "at": [at, None],
            "share": [0.5, float("nan")],
            "amount": [Decimal("1.50"), None],
            "flag": [True, None],
            "many": [["a", "b"], None],
            "pair": [{"a": 1}, None],
            "text": ["x", None],
        }
    )

    table = json.loads(gzip.decompress(base64.b64decode(packed(frame, "Asia/Shanghai").text)))["c"]

    values = {name: [held["d"][at] for at in held["i"]] if "i" in held else held["v"] for name, held in table.items()}
    assert ["2026-10-01", None] == values["day"]
    assert ["2026-10-02 00:30:00", None] == values["at"]  # the day of the zone
    assert [0.5, None] == values["share"]
    assert ["1.50", None] == values["amount"]
    assert [True, None] == values["flag"]
    assert ["a, b", None] == values["many"]
    assert ['{"a":1}', None] == values["pair"]


@given(st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", ""])), max_size=30))
def test_values_that_repeat_are_packed_without_loss(values):
    held = json.loads(
        gzip.decompress(base64.b64decode(packed(pl.DataFrame({"a": pl.Series(values, dtype=pl.String)}), "UTC").text))
    )
    column = held["c"]["a"]

    assert values == ([column["d"][at] for at in column["i"]] if "i" in column else column["v"])


def test_cells_are_written_as_people_read_them():
    share = Column(name="a", title="a", title_zh="a", kind="share")
    number = Column(name="a", title="a", title_zh="a", kind="number")

    assert "25.0 %" == cell_text(0.25, share)
    assert "1,234.5" == cell_text(1234.5, number)
    assert "" == cell_text(None, share)
    assert "a\\u200bb" == shown("a\u200bb")


def test_a_language_or_bound_that_is_none_is_told():
    with pytest.raises(ConfigError, match=r"language: one of en, zh, both is needed, got 'fr'"):
        html_of(data(), (), language="fr")
    with pytest.raises(ConfigError, match="rows: at least 1 is needed, got 0"):
        html_of(data(), (), rows=0)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="there is no such folder"):
        write_html(data(), (), tmp_path / "no" / "report.html", plots=False)


def test_what_is_vendored_is_what_the_package_ships():
    folder = files("tieout.reports.html") / "tabulator"
    said = tomllib.loads((folder / "tabulator.toml").read_text(encoding="utf-8"))

    for name, digest in said["files"].items():
        assert digest == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    assert f"Tabulator v{said['version']}" in (folder / "tabulator.min.js").read_text(encoding="utf-8")[:100]


def texts_of(sheets):
    """Headings of tables, in English and Chinese."""
    for name, sheet in sheets.items():
        yield from ((f"{name}: {column.name}", column.title_zh) for column in sheet.columns)


def test_every_heading_of_the_page_and_of_the_rows_behind_it_is_there_in_chinese():
    data = faulty_month()
    parts = Parts(data, standard(data), rows=1_000, details=1_000, plots=False, languages=("en", "zh"))
    parts.view()
    lacking = {english for english, chinese in texts_of(parts.sheets) if not re.search("[\u4e00-\u9fff]", chinese)}
    assert len(parts.sheets) > 80
    assert {name for name in lacking if not name.endswith("sha256")} == set()


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        ("kind", [one.value for one in ReturnKind]),
        ("order_status", [one.value for one in OrderStatus]),
        ("discount_kind", [one.value for one in DiscountKind]),
        ("charge_type", [one.value for one in ChargeType]),
        ("line_type", [one.value for one in SettlementLineType]),
        ("fact", sorted(fact_kinds())),
        ("verdict", ["agreed", "in transit", "not due", "discrepancy", "closed", "looked up"]),
        ("side", ["charges", "both", "chain"]),
    ],
)
def test_codes_of_a_column_are_said_in_both_languages(column, codes):
    words = page_codes()[column]
    assert [code for code in codes if not re.search("[\u4e00-\u9fff]", words.get(code, ("", ""))[1])] == []


def test_reports_of_one_matter_lead_to_each_other_and_say_nothing_twice():
    data = faulty_month()
    made = {one.name: one for one in standard(data)}
    text = html_of(data, tuple(made.values()), plots=False)

    assert {"collection", "ageing"} & set(made["settlement"].frames) == set()
    assert {"collection_rate", "dso_days"} <= set(made["collection"].frames["by_shop"].columns)
    settlement = text[text.index('<section id="report-settlement"') :].split("</section>")[0]
    assert '<a href="#report-collection">' in settlement
    alone = html_of(data, (made["settlement"],), plots=False)
    assert "#report-collection" not in alone


def test_flags_runs_and_records_are_said_in_words_of_the_language():
    data = faulty_month()
    made = [one for one in standard(data) if one.name == "reconciliations"]
    text = html_of(data, made, plots=False)
    part = text[text.index('<section id="report-reconciliations"') :].split("</section>")[0]

    assert "true" not in part
    for english, chinese in [
        ("yes", "是"),
        ("courier_bill zto", "快递账单（中通）"),
        ("ChannelTransaction", "渠道流水"),
    ]:
        assert f'<span class="l-en" lang="en">{english}</span><span class="l-zh" lang="zh-CN">{chinese}</span>' in part
