"""The demo's shop-month: its files are what the generator writes, and closing it finds what was planted and nothing else."""

import csv
import re
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import attrs
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from tieout._demo.shop_month import Fault, Held, Mark, lay_out, planted_faults, run_shop_month
from tieout.closing import CloseConfig, ReportRule, close
from tieout.closing.collect import found_files
from tieout.closing.fingerprint import fingerprint_of, fingerprint_of_files
from tieout.model import ReturnKind
from tieout.reports.terms import check_zh, count_zh, part_zh, side_zh
from tieout.sources import identify, read

MONTH = Path(str(files("tieout._demo"))) / "month"
ROOT = Path(__file__).parents[2]
GENERATOR = Path(__file__).with_name("make_month.py")
FOUND_FROM_CONTENT = {
    "ExportOrderList202610.csv": "taobao_orders",
    "ExportOrderDetailList202610.csv": "taobao_order_lines",
    "20880000000000000156_202610_业务明细.csv": "alipay_business_detail",
    "20880000000000000156_202610_账务明细.csv": "alipay_fund_detail",
    "拼多多订单导出2026-10.csv": "pdd_orders",
    "pdd-mall-bill-detail-2026-10.csv": "pdd_fund_detail",
    "顺丰月结账单202610.xlsx": "sf_monthly_bill",
    "招商银行交易记录202610.csv": "cmb_debit",
}
GB = [name for name in FOUND_FROM_CONTENT if name.startswith(("Export", "2088", "pdd"))] + ["中通对账单2026年10月.csv"]
LOST = Mark("orders", "order.missing_in_erp", "1", -100, "CNY")
CHINESE = re.compile("[\u4e00-\u9fff]")
STRANGE = Mark("receipts", "bank.receipt_unknown", "B1", 6_660, "CNY")


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    subprocess.run([sys.executable, str(GENERATOR), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    return run_shop_month(tmp_path_factory.mktemp("month"))


def names_in(folder):
    return sorted(path.name for path in (folder / "files").iterdir())


def test_the_files_are_what_the_generator_writes_byte_for_byte(generated):
    assert names_in(MONTH) == names_in(generated)
    for path in [*(MONTH / "files").glob("*.csv"), MONTH / "truth.csv"]:
        assert (generated / path.relative_to(MONTH)).read_bytes() == path.read_bytes(), path.name


def test_the_workbook_holds_what_the_generator_writes(generated):
    # Its bytes depend on the version of zlib, its cells do not.
    first, second = (
        CalamineWorkbook.from_path(str(folder / "files" / "顺丰月结账单202610.xlsx")).get_sheet_by_index(0).to_python()
        for folder in (MONTH, generated)
    )
    assert len(first) > 200
    assert first == second


def test_the_month_is_small():
    assert sum(path.stat().st_size for path in MONTH.rglob("*")) < 3_000_000


@pytest.mark.parametrize(("name", "format_"), FOUND_FROM_CONTENT.items())
def test_platforms_couriers_and_banks_write_their_own_layouts(name, format_):
    assert format_ == identify(MONTH / "files" / name)


@pytest.mark.parametrize("name", GB)
def test_files_are_in_gb18030_where_real_ones_are(name):
    raw = (MONTH / "files" / name).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert raw.decode("gb18030")


def test_every_kind_of_case_is_there():
    batch = read(
        MONTH / "files" / "售后单_202610.csv", format="generic_table", mapping=MONTH / "mappings" / "cases.toml"
    )
    kinds = Counter(case.kind for case in batch.records)
    assert set(ReturnKind) == set(kinds)
    assert min(kinds.values()) >= 5


def test_every_fault_is_found_and_nothing_else(month):
    assert ((), ()) == (month.held.missing, month.held.invented)
    assert month.is_fine
    assert len(month.held.faults) >= 30
    assert month.held.planted.total() == sum(len(outcome.discrepancies) for outcome in month.closed.outcomes)


def test_all_of_the_month_ties_out(month):
    assert () == month.closed.failures
    assert month.closed.proof.holds
    assert ["done"] * 5 == [
        month.closed.stage(name).status for name in ("collect", "detect", "accruals", "vouchers", "ledgers")
    ]
    assert "attention" == month.closed.stage("tie_outs").status  # a bill was booked with its figures turned round
    assert month.closed.balance is not None
    counts = next(one for one in month.closed.reports if one.name == "stages").frames["counts"]
    assert [] == counts.filter(~pl.col("ties")).select("stage", "label", "count", "total").rows()


def test_what_it_prints_lies_in_the_folder_and_names_no_place(month):
    text = (month.folder / "demo.txt").read_text(encoding="utf-8")
    assert f"{month}\n" == text
    assert str(month.folder) not in text
    assert "All 36 faults found" in text


def test_what_the_tutorial_quotes_is_what_the_demo_prints(month):
    page = (ROOT / "docs" / "tutorial" / "close-a-month.md").read_text(encoding="utf-8")
    printed = str(month)
    shown = [line for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL) for line in block.splitlines() if line]
    prose = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    amounts = re.findall(r"\b\d[\d,]*\.\d\d\b", prose)

    assert len(shown) >= 9
    assert [] == [line for line in shown if line not in printed.splitlines()]
    assert len(amounts) >= 3
    assert [] == [amount for amount in amounts if amount not in printed]
    assert {"45"} == set(re.findall(r"(\d+)\s+discrepancies", prose))
    assert ["36"] == re.findall(r"(\d+) things in them are wrong", prose)
    assert [str(len(names_in(MONTH)))] == re.findall(r"(\d+) downloads", prose)


def test_what_the_tutorial_says_lies_in_the_folder_lies_there(month):
    page = (ROOT / "docs" / "tutorial" / "close-a-month.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"## The folder\n(.*?)\n## ", page, re.DOTALL)
    cells = [row.split("|")[1] for row in told.splitlines() if row.startswith("| `")]
    names = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    needs = {"report.xlsx": "xlsxwriter", "statements/*.pdf": "typst", "vouchers.pdf": "typst"}
    wanted = [name for name in names if name not in needs or find_spec(needs[name])]
    there = month.folder / "close-2026-10"

    assert {"report.html", "claims_zto.csv", "ledgers/vouchers.csv", "carry/", "close.json"} <= set(names)
    assert [] == [name for name in wanted if not list(there.glob(name.rstrip("/")))]


@pytest.mark.parametrize(("name", "files_"), [("README.md", "twenty-one files"), ("README.zh-CN.md", "二十一个")])
def test_the_front_page_counts_the_month_as_it_is(month, name, files_):
    text = (ROOT / name).read_text(encoding="utf-8")

    assert f" {len(month.closed.data.tables['Order']):,} " in text
    assert f" {len(month.held.faults)} " in text
    assert files_ in text


def test_the_same_month_laid_out_elsewhere_is_the_same_close(month, tmp_path):
    here = CloseConfig.load(month.folder / "close.toml")
    there = CloseConfig.load(lay_out(tmp_path / "elsewhere"))
    first, second = (fingerprint_of(one, fingerprint_of_files(one, found_files(one))) for one in (here, there))
    assert first == second


def test_all_that_the_stages_say_of_it_and_all_that_ties_is_there_in_chinese(month):
    titles = month.closed.data.titles
    words = [(one.text, one.text_zh) for stage in month.closed.stages for one in stage.said]
    words += [(label, count_zh(label, titles)) for stage in month.closed.stages for label, _ in stage.counts]
    for check in month.closed.proof.checks:
        words += [(check.name, check_zh(check.name)), (check.side, side_zh(check.side))]
        words += [(part, part_zh(part, titles)) for part in check.parts]
    sides_that_are_files = names_in(month.folder)
    lacking = {text for text, text_zh in words if not CHINESE.search(text_zh)} - set(sides_that_are_files)
    assert len(words) > 800
    assert set() == lacking


def test_it_says_where_the_report_lies(month):
    assert f"{month.folder.as_posix()}/close-2026-10/report.html" in month.where()
    assert (month.folder / "close-2026-10" / "report.html").stat().st_size > 10_000


def test_a_month_without_faults_has_nothing_to_find(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(GENERATOR.parent))
    from make_month import write_month

    lay_out(tmp_path)
    write_month(tmp_path, faulty=False)
    texts_only = ReportRule(html=False, xlsx=False, pdf=False, plots=False)  # what is written is looked at above
    closed = close(attrs.evolve(CloseConfig.load(tmp_path / "close.toml"), report=texts_only), dry_run=True)
    assert [] == [one.type for outcome in closed.outcomes for one in outcome.discrepancies]
    assert (0, ()) == (closed.exit_code, closed.failures)


def test_the_truth_has_each_mark_once():
    faults = planted_faults()
    marks = [mark for fault in faults for mark in fault.marks]
    with (MONTH / "truth.csv").open(encoding="utf-8", newline="") as file:
        assert len(marks) == len(list(csv.DictReader(file)))
    assert len(set(marks)) == len(marks)
    assert len({fault.name for fault in faults}) == len(faults)


def test_what_is_missed_or_invented_is_named():
    held = Held(faults=(Fault(name="lost order", what="gone", marks=(LOST,)),), found=Counter([STRANGE]))
    assert not held.agrees
    text = str(held)
    assert "NOT FOUND: order.missing_in_erp: 1: -1.00 CNY" in text
    assert "  invented: bank.receipt_unknown: B1: 66.60 CNY" in text
    assert text.endswith("1 PLANTED: 1 NOT FOUND, 1 INVENTED.")


def test_a_fault_of_another_amount_is_both():
    held = Held(faults=(Fault(name="a", what="b", marks=(LOST,)),), found=Counter([attrs.evolve(LOST, minor=-101)]))
    assert ((LOST,), (attrs.evolve(LOST, minor=-101),)) == (held.missing, held.invented)
