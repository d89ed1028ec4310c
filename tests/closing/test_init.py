"""`tieout init`: a first config from a folder of downloads."""

import shutil
from importlib.resources import files
from pathlib import Path

import attrs
import pytest

from tieout.cli import main
from tieout.closing import CloseConfig, ReportRule, close
from tieout.closing.drafting import draft_config, write_draft
from tieout.errors import InputError
from tieout.reconciliations import Period

DEMO = Path(str(files("tieout._demo")))
GOLDEN = Path(__file__).parents[1] / "golden" / "sources"
TEXTS_ONLY = ReportRule(html=False, xlsx=False, pdf=False, plots=False)
ORDERS = """订单成交时间,商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),多多支付立减金额(元),用户实付金额(元),\
商家实收金额(元),商品数量(件),发货时间,确认收货时间,商品id,商品规格,样式ID,商家编码-规格维度,商家编码-商品维度,商家备注,售后状态,快递单号,快递公司
2026-10-01 00:03:00,灯,261001-600000000000001,已收货,35.60,0,0,0,0,35.60,35.60,2,2026-10-01 10:00:00,2026-10-04 12:00:00,75,红,90,L-R,,,无售后或售后取消,YT6000000000001,圆通快递
2026-10-02 09:00:00,灯,261002-600000000000003,已收货,17.80,0,0,0,0,17.80,17.80,1,2026-10-02 18:00:00,2026-10-05 12:00:00,75,红,90,L-R,,,无售后或售后取消,YT6000000000003,圆通快递
"""
ERP = """日期,订单号,单价,数量,金额
2026-10-01,261001-600000000000001,17.80,2,35.60
2026-10-02,261002-600000000000003,17.80,1,17.80
"""
ERP_MAPPING = """record = "Order"
currency = "CNY"
timezone = "Asia/Shanghai"
[columns]
created_at = "日期"
platform_order_id = "订单号"
goods_amount = "金额"
[constants]
platform = "pdd"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of downloads, beside which the config is to be."""
    monkeypatch.chdir(tmp_path)
    found = tmp_path / "downloads"
    found.mkdir()
    return found


@pytest.fixture
def couriers(folder):
    """Parcels, a courier's bill and the one of the month before; of one courier a contract."""
    for name in ("shipments.csv", "shipments_mapping.toml", "sf_bill.xlsx", "sf_history.xlsx", "sf_contract.toml",
                 "zto_bill.csv", "zto_mapping.toml"):  # fmt: skip
        shutil.copy(DEMO / name, folder / name)
    return folder


def drafted(folder):
    """The config that is drafted for a folder, as it is loaded."""
    draft = draft_config(folder)
    write_draft(draft, "close.toml")
    return draft, CloseConfig.load("close.toml")


def rehearsed(config):
    """A rehearsal of a drafted config without reports, which tests of their own look at."""
    return close(attrs.evolve(config, report=TEXTS_ONLY), dry_run=True)


def test_a_drafted_config_loads_and_says_what_the_files_are(couriers):
    draft, config = drafted(couriers)

    assert (Period.parse("2026-10"), "CNY", "cn_small_business") == (
        config.period, config.book.currency, config.book.chart.name,
    )  # fmt: skip
    assert (
        "# sf_bill.xlsx: sf_monthly_bill, 963 CourierCharge, 2026-08-06 to 2026-10-31, carrier sf (963)" in draft.text
    )


def test_a_list_that_may_be_something_else_is_left_to_a_person_with_what_was_seen(folder):
    """A count of stock has days and prices too, and was drafted as lines of a bank."""
    count = "盘点单号,仓库,盘点时间,商品编码,账面数量,实盘数量,成本价\nPD-1,杭州仓,2026-10-31 20:00:00,LAMP-01,85,84,80.50\n"
    (folder / "count.csv").write_text(count, encoding="utf-8")

    draft, config = drafted(folder)

    assert {} == dict(draft.mappings)
    assert [] == [*config.read]
    (asked,) = [one for one in draft.asked if one.startswith("count.csv")]
    assert asked.endswith("'盘点单号' speaks of StockCount")
    assert f"# {asked.replace('count.csv:', 'count.csv: CHECK:')}" in draft.text
    assert '#   mapping = "count_mapping.toml"' in draft.text
    assert "1 BankTransaction" not in draft.text


def test_a_mapping_and_a_contract_that_lie_in_the_folder_are_used(couriers):
    _, config = drafted(couriers)

    rules = {rule.file: rule for rule in config.read}
    assert couriers / "shipments_mapping.toml" == Path(rules["shipments.csv"].mapping).resolve()
    assert ["sf"] == list(config.rule_of("courier_bill").each)
    assert "sf" == config.rule_of("courier_bill").each["sf"]["rate_card"].carrier


def test_a_courier_without_a_contract_is_told(couriers):
    draft, _ = drafted(couriers)

    assert "reconciliations.courier_bill.each.zto: rate_card for 1,554 charges" in draft.asked
    assert '# [reconciliations.courier_bill.each.zto]\n# rate_card = "zto_contract.toml"' in draft.text


def test_a_bill_that_does_not_say_its_courier_is_told(couriers):
    mapping = couriers / "zto_mapping.toml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace('carrier = "zto"', ""), encoding="utf-8")

    draft, _ = drafted(couriers)

    said = "1,554 charges do not say their carrier: give it under [constants] of their mapping"
    assert said in draft.asked
    assert f"# CHECK: {said}.\n" in draft.text


def test_earlier_bills_are_the_history(couriers):
    _, config = drafted(couriers)

    assert {"sf_history.xlsx": "history"} == {rule.file: rule.role for rule in config.read if rule.role}


def test_what_is_sure_is_closed_as_it_was_drafted(couriers):
    _, config = drafted(couriers)
    result = rehearsed(config)

    assert ["courier_bill"] == [one.reconciliation for one in result.outcomes]
    assert (0, 0) == (dict(result.stage("collect").counts)["files refused"], len(result.failures))


def test_of_two_files_with_the_same_orders_the_one_that_is_no_platforms_is_the_erps(folder):
    (folder / "pdd.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "erp.csv").write_text(ERP, encoding="utf-8")
    (folder / "erp_mapping.toml").write_text(ERP_MAPPING, encoding="utf-8")
    draft, config = drafted(folder)

    assert {"erp.csv": "erp_orders"} == {rule.file: rule.role for rule in config.read if rule.role}
    assert "# orders: orders, erp_orders" in draft.text


def test_a_table_that_a_draft_reads_whole_gets_its_mapping_beside_the_config(folder):
    rows = [f"SF10000000000{n:02d},2026-10-{n:02d},广东" for n in range(1, 10)]
    (folder / "parcels.csv").write_text("\n".join(["运单号,发货时间,省份", *rows]), encoding="utf-8")
    draft, config = drafted(folder)

    assert ["parcels_mapping.toml"] == list(draft.mappings)
    assert Path("parcels_mapping.toml") == Path(config.read[0].mapping)
    assert any(one.startswith("parcels_mapping.toml: a drafted mapping") for one in draft.asked)
    assert 9 == len(rehearsed(config).data.tables["Shipment"])


def test_a_table_that_needs_a_person_is_told_with_the_command(folder):
    (folder / "ledger.csv").write_text("Datum,Wert,Text\n2026-10-01,3.00,x\n2026-10-02,4.00,y\n", encoding="utf-8")
    draft, config = drafted(folder)

    assert "tieout sources new downloads/ledger.csv --out ledger_mapping.toml" in draft.text
    assert ((), {}) == (config.read, dict(draft.mappings))


def test_a_mapping_that_cannot_read_its_file_is_told(folder):
    (folder / "erp.csv").write_text(ERP, encoding="utf-8")
    (folder / "erp_mapping.toml").write_text(ERP_MAPPING.replace("金额", "总额"), encoding="utf-8")
    draft, _ = drafted(folder)

    assert draft.asked[-1].startswith(
        "erp.csv: erp_mapping.toml lies beside it, and cannot read it: column '总额' not found"
    )


def test_a_file_that_holds_nothing_is_skipped_with_its_reason(folder):
    (folder / "empty.csv").write_bytes(b"")
    (folder / "pdd.csv").write_text(ORDERS, encoding="utf-8")
    _, config = drafted(folder)

    assert [("empty.csv", "an empty file")] == [(rule.file, rule.skip) for rule in config.read]


def test_nothing_that_is_there_is_replaced(couriers):
    Path("close.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="there already"):
        write_draft(draft_config(couriers), "close.toml")
    assert "mine" == Path("close.toml").read_text(encoding="utf-8")


def test_the_same_folder_gives_the_same_config_wherever_it_lies(couriers, tmp_path):
    first = draft_config(couriers).text
    shutil.copytree(couriers, tmp_path / "elsewhere" / "downloads")

    assert first == draft_config(tmp_path / "elsewhere" / "downloads", out=tmp_path / "elsewhere" / "close.toml").text


def test_a_config_in_the_folder_itself_says_so(couriers, monkeypatch):
    monkeypatch.chdir(couriers)
    _, config = drafted(Path())

    assert (Path(),) == config.files
    assert 0 == dict(rehearsed(config).stage("collect").counts)["files refused"]


def test_names_with_patterns_in_them_are_taken_as_they_are(folder):
    (folder / "erp [1].csv").write_text(ERP, encoding="utf-8")
    (folder / "erp_mapping.toml").write_text(ERP_MAPPING, encoding="utf-8")
    _, config = drafted(folder)

    assert 2 == len(rehearsed(config).data.tables["Order"])


def test_no_cell_of_a_person_stands_in_the_config(folder):
    for name in ("pdd_fund_detail/2026-05.csv", "alipay_fund_detail", "wechat_fund_bill", "icbc_statement"):
        path = GOLDEN / name
        for file in [path] if path.is_file() else sorted(path.glob("*.csv")):
            shutil.copy(file, folder / f"{file.parent.name}_{file.name}")
    text = draft_config(folder).text

    assert "13800138000" not in text
    assert text.count("[[read]]") < 20


def test_a_folder_that_is_empty_or_not_there_is_refused(folder):
    with pytest.raises(InputError, match="holds no file"):
        draft_config(folder)
    with pytest.raises(InputError, match="no such folder"):
        draft_config(folder / "gone")


def test_init_and_close_are_two_commands(couriers, capsys):
    assert 0 == main(["init", "downloads"])
    out, err = capsys.readouterr()
    assert "Written: close.toml" in out
    assert "tieout close close.toml --dry-run" in out
    assert "" == err

    assert 1 == main(["close", "close.toml", "--dry-run"])  # the planted faults
    out, err = capsys.readouterr()
    assert "the proof holds: every record and every amount is accounted for; " in out
    assert " discrepancies to look at\n" in out
    assert "Nothing was written" in out
    assert "" == err
    assert not Path("close-2026-10").exists()


def plain():
    """The drafted config without reports, which tests of their own look at."""
    with Path("close.toml").open("a", encoding="utf-8") as file:
        file.write("\n[report]\nhtml = false\nxlsx = false\npdf = false\nplots = false\n")


def test_close_writes_where_it_is_told_and_quietly(couriers, capsys):
    main(["init", "downloads"])
    plain()
    capsys.readouterr()

    assert 1 == main(["close", "close.toml", "--quiet", "--out", "there"])
    out, err = capsys.readouterr()
    assert (1, "") == (len(out.splitlines()), err)
    assert (Path("there") / "ledgers" / "vouchers.csv").is_file()


def test_a_second_close_says_that_nothing_has_changed(couriers, capsys):
    main(["init", "downloads"])
    plain()
    main(["close", "close.toml"])
    capsys.readouterr()

    assert 1 == main(["close", "close.toml"])
    assert "nothing has changed since it was closed" in capsys.readouterr().out


def test_a_wrong_config_ends_with_two_and_one_message(folder, capsys):
    Path("close.toml").write_text("name = 3\n", encoding="utf-8")

    assert 2 == main(["close", "close.toml"])
    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith("tieout: close.toml: 4 problems\n")
    assert "Traceback" not in err
    assert 2 == main(["close", "gone.toml"])
    assert 2 == main(["init", "gone"])


def test_ledgers_that_are_workbooks_say_what_they_need(folder):
    (folder / "pdd.csv").write_text(ORDERS, encoding="utf-8")
    draft, _ = drafted(folder)
    lines = [line for line in draft.text.splitlines() if line.startswith("# ") and '.xlsx"' in line]

    assert len(lines) >= 2
    assert all(line.endswith("Needs pip install 'tieout[excel]'.") for line in lines)


def test_what_a_file_of_a_known_format_has_to_be_told_stands_there_as_it_is_written(folder):
    shutil.copy(GOLDEN / "etsy_statement" / "cad.csv", folder / "etsy.csv")
    draft, _ = drafted(folder)
    lines = ("[[read]]", 'file = "etsy.csv"', 'options = { timezone = "Asia/Shanghai" }')

    assert "\n".join(f"#   {line}" for line in lines) in draft.text
    Path("close.toml").write_text(
        draft.text + "\n" + "\n".join(lines).replace("Asia/Shanghai", "Europe/London"), "utf-8"
    )
    assert 0 == dict(close(CloseConfig.load("close.toml"), dry_run=True).stage("collect").counts)["files refused"]
