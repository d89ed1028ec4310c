"""The committed files of the demo are what the generator writes: they cannot drift apart."""

import csv
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

DEMO = Path(str(files("tieout._demo")))
GENERATOR = Path(__file__).with_name("generate.py")
GENERATED = (
    "planted.csv",
    "returns.csv",
    "sf_bill.xlsx",
    "sf_credits.csv",
    "sf_history.xlsx",
    "shipments.csv",
    "zto_bill.csv",
    "zto_bill_hkd.csv",
    "zto_history.csv",
    "zto_invoice.csv",
)
ENCODINGS = {"zto_bill.csv": "gb18030", "zto_bill_hkd.csv": "utf-16", "zto_history.csv": "gb18030"}


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    subprocess.run([sys.executable, str(GENERATOR), str(folder)], check=True)
    return folder


def _content(path):
    if path.suffix == ".xlsx":
        workbook = CalamineWorkbook.from_path(str(path))
        return {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}
    text = path.read_bytes().decode(ENCODINGS.get(path.name, "utf-8"))
    return list(csv.reader(text.splitlines()))


def test_the_generator_writes_these_files_and_no_others(generated):
    assert sorted(GENERATED) == sorted(path.name for path in generated.iterdir())


@pytest.mark.parametrize("name", GENERATED)
def test_a_committed_file_holds_what_the_generator_writes(generated, name):
    assert _content(generated / name) == _content(DEMO / name)


def test_the_bundled_month_is_small():
    assert sum(path.stat().st_size for path in DEMO.iterdir() if path.is_file()) < 600_000


def test_one_bill_is_gb18030_below_a_preamble():
    raw = (DEMO / "zto_bill.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert raw.decode("gb18030").splitlines()[4].startswith("扫描日期,运单号")


FROM_DOMAIN = """
unreadable duplicate not_ours cancelled_label_billed return_without_record surcharge_not_in_contract
surcharge_not_applicable overweight underweight wrong_zone wrong_rate_version wrong_divisor wrong_rounding wrong_service
discount_missing wrong_fuel surcharge_amount_wrong multi_factor unexplained undercharged unbilled lost_not_compensated
damage_not_compensated cod_not_remitted cod_amount_mismatch late_delivery_no_credit bill_total_mismatch rebate_missing
late_fee period_mismatch currency_mismatch
"""


def test_planted_errors_are_of_every_type():
    data = {"data.id_precision_lost", "data.weight_missing", "data.zone_missing", "data.duplicate_shipment"}
    with (DEMO / "planted.csv").open(encoding="utf-8", newline="") as file:
        planted = {row["type"] for row in csv.DictReader(file)}
    assert {f"courier.{code}" for code in FROM_DOMAIN.split()} | data == planted
