"""Any table by a mapping."""

import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import attrs
import polars as pl
import pytest
from moneyed import Money

import tieout
from tieout.errors import InputError
from tieout.model import BankTransaction, CourierCharge, Leg, Order, Shipment
from tieout.privacy import PiiClass, Pseudonymizer
from tieout.sources import Amount, Charge, Date, Weight

GOLDENS = Path(__file__).parent.parent / "golden" / "sources" / "generic_table"
BILL = "运单号,发货,省份,重量,金额,偏远,类型\nSF1012345678901,2026/7/1,广东,1.2,12.50,0,正向\nSF1012345678902,2026/7/2,西藏,0.8,9.00,5.00,退回\n"
COLUMNS = {"tracking_no": "运单号", "amount": "金额"}


def read(text, **more):
    options = {"record": CourierCharge, "currency": "CNY", "constants": {"charge_type": "base"}, **more}
    return tieout.read(text.encode(), format="generic_table", **options)


def test_fields_are_filled_by_their_captions():
    batch = read(
        BILL,
        columns={**COLUMNS, "ship_date": "发货", "dest.province": "省份", "billed_weight_g": "重量", "leg": "类型"},
        values={"leg": {"正向": "outbound", "退回": "return"}},
        weight_unit="kg",
        constants={"charge_type": "base", "carrier": "sf"},
    )

    first, second = batch.records
    assert ("SF1012345678901", date(2026, 7, 1), "广东", Decimal(1200), Money("12.50", "CNY"), Leg.OUTBOUND, "sf") == (
        first.tracking_no,
        first.ship_date,
        first.dest.province,
        first.billed_weight_g,
        first.amount,
        first.leg,
        first.carrier,
    )
    assert Leg.RETURN is second.leg
    assert ("generic_table", 3) == (second.provenance.format, second.provenance.line)


def test_several_columns_of_charges_become_several_charges():
    batch = read(BILL, columns={"tracking_no": "运单号"}, charges={"金额": "base", "偏远": "remote_area"}, constants={})

    assert [
        ("SF1012345678901", "base", 1250, 2),
        ("SF1012345678902", "base", 900, 3),
        ("SF1012345678902", "remote_area", 500, 3),
    ] == (batch.records.to_polars().select("tracking_no", "charge_type", "amount_minor", "source_line").rows())
    assert ["金额", "金额", "偏远"] == [charge.description for charge in batch.records]


def test_money_without_identity_is_a_reject_and_never_a_trailer():
    batch = read(
        "运单号,运费,偏远\nSF1012345678901,1.00,0\n,3.00,2.00\n,,\n",
        columns={"tracking_no": "运单号"},
        charges={"运费": "base", "偏远": "remote_area"},
        constants={},
    )

    assert [(3, "value.missing", 500, "CNY")] == [
        (reject.line, reject.reason, reject.amount_minor, reject.currency) for reject in batch.rejects
    ]


def test_a_reject_whose_amount_cannot_be_read_has_none():
    batch = read(
        "运单号,运费,币种\nSF1012345678901,x,CNY\n,3,JPY\n",
        columns={"tracking_no": "运单号", "currency": "币种"},
        charges={"运费": "base"},
        constants={},
        currency=None,
    )

    assert [(None, None), (3, "JPY")] == [(reject.amount_minor, reject.currency) for reject in batch.rejects]


def test_charges_within_the_total_are_taken_out_of_it():
    batch = read(BILL, columns=COLUMNS, charges={"偏远": "remote_area"}, charges_included=True)

    assert [1250, 400, 500] == [int(charge.amount.amount * 100) for charge in batch.records]


def test_a_line_without_any_charge_is_accounted_for():
    batch = read(
        "运单号,运费\nSF1012345678901,0\nSF1012345678902,1\n",
        columns={"tracking_no": "运单号"},
        charges={"运费": "base"},
        constants={},
    )

    assert 1 == len(batch.records)
    assert "3 = 1 header + 1 records + 1 without charge: ties out" in str(batch.control)


def test_a_record_of_any_kind_is_read():
    orders = tieout.read(
        "单号,金额运费,时间,货到付款\nA1,3.00,2026-07-01 08:00:00,是\n".encode(),
        format="generic_table",
        record="Order",
        currency="CNY",
        timezone="Asia/Shanghai",
        constants={"platform": "taobao"},
        columns={"platform_order_id": "单号", "freight_charged": "金额运费", "paid_at": "时间", "is_cod": "货到付款"},
    )
    (order,) = orders.records

    assert isinstance(order, Order)
    assert (datetime(2026, 7, 1, tzinfo=UTC), True, Money(3, "CNY")) == (
        order.paid_at,
        order.is_cod,
        order.freight_charged,
    )


def test_a_class_of_ones_own_is_read():
    @attrs.frozen(kw_only=True)
    class Article:
        sku: str
        weight_g: Decimal
        price: Money | None = None

    batch = tieout.read(
        b"SKU,Weight (lb),Price\n007,1.5,3.20\n", format="generic_table", record=Article, currency="USD", weight_unit="lb",
        columns={"sku": "SKU", "weight_g": "Weight (lb)", "price": "Price"},
    )  # fmt: skip

    assert [Article(sku="007", weight_g=Decimal("680.38855500"), price=Money("3.20", "USD"))] == list(batch.records)
    assert 2 == batch.source.line_count


def test_amounts_take_the_currency_of_their_line():
    batch = read(
        "运单号,金额,币种\nSF1,12.50,人民币\nSF2,12,JPY\nSF3,1,土豆\nSF4,1,\n",
        columns={**COLUMNS, "currency": "币种"},
        currency=None,
    )

    assert [Money("12.50", "CNY"), Money(12, "JPY")] == [charge.amount for charge in batch.records]
    assert ["value.unknown", "value.missing"] == [reject.reason for reject in batch.rejects]


def test_a_column_may_be_said_in_full():
    (charge,) = read(
        "运单号,支出,重\nSF1012345678901,-12.50,500\n",
        columns={
            "tracking_no": {"column": "运单号"},
            "amount": Amount("支出", to="amount", negate=True),
            "billed_weight_g": Weight("重", to="billed_weight_g", unit="g"),
            "dest_province": {"column": "省", "optional": True},
            "ship_date": {"column": ["发货日", "发货"], "optional": True},
        },
    ).records

    assert (Money("12.50", "CNY"), Decimal(500), None) == (charge.amount, charge.billed_weight_g, charge.ship_date)


def test_columns_of_a_file_without_header_go_by_number():
    batch = read(
        "SF1012345678901;x;12.50\nSF1012345678902;y;3.00\n", columns={"tracking_no": 1, "amount": 3}, header_row=0
    )

    assert [1, 2] == [charge.provenance.line for charge in batch.records]
    assert [1250, 300] == batch.records.to_polars()["amount_minor"].to_list()


def test_the_header_may_be_said():
    text = "运单号,金额\n说明,说明\n运单号,金额\nSF1012345678901,1.00\n"

    assert ["value.unreadable"] != [reject.reason for reject in read(text, columns=COLUMNS).rejects]
    assert (1, 3) == (
        len(read(text, columns=COLUMNS, header_row=3).records),
        read(text, columns=COLUMNS, header_row=3).source.header_line,
    )


def test_footers_and_sections_are_set_apart_by_patterns():
    text = "运单号,金额\nSF1012345678901,1.00\n件量,1\n优惠说明,\nSF1012345678909,9.00\n"
    batch = read(text, columns=COLUMNS, footer="^件量$", end="^优惠")

    assert (1, 0) == (len(batch.records), len(batch.rejects))
    assert [("footer", 3), ("section", 4), ("section", 5)] == [(row.kind, row.line) for row in batch.control.set_apart]
    with pytest.raises(InputError, match=r"footer: '\(' is not a pattern"):
        read(text, columns=COLUMNS, footer="(")


def test_a_table_without_amounts_may_have_a_footer():
    batch = tieout.read(
        "运单号,重量\nSF1012345678901,1.2\n合计,1.2\n".encode(),
        format="generic_table",
        record=Shipment,
        weight_unit="kg",
        columns={"tracking_no": "运单号", "weight_scale_g": "重量"},
    )

    assert (1, 0, ["footer"]) == (len(batch.records), len(batch.rejects), [row.kind for row in batch.control.set_apart])


def test_order_numbers_that_begin_with_a_sign_are_no_footers():
    batch = read(
        "单号,金额\n#1001,1.00\n#1002,2.00\n#合计：2笔\n",
        columns={"order_id": "单号", "amount": "金额"},
        required=["order_id"],
    )

    assert ["#1001", "#1002"] == [charge.order_id for charge in batch.records]
    assert ["footer"] == [row.kind for row in batch.control.set_apart]


def test_a_mapping_may_be_a_toml_file(tmp_path):
    path = tmp_path / "bill.toml"
    path.write_text(
        'record = "CourierCharge"\ncurrency = "CNY"\n[columns]\ntracking_no = "运单号"\namount = "金额"\n', "utf-8"
    )

    batch = tieout.read(BILL.encode(), format="generic_table", mapping=path, constants={"charge_type": "all_in"})

    assert 2 == len(batch.records)
    assert (
        "all_in"
        == tieout.read(
            BILL.encode(),
            format="generic_table",
            mapping=tomllib.loads(path.read_text("utf-8")),
            constants={"charge_type": "all_in"},
        )
        .records[0]
        .charge_type
    )


def test_an_encoding_in_the_mapping_counts():
    text = "num,prix,désignation\nSF1012345678901,1.00,été\n"

    batch = tieout.read(
        text.encode("cp1252"), format="generic_table",
        mapping={"record": "CourierCharge", "currency": "EUR", "encoding": "cp1252", "constants": {"charge_type": "base"},
                 "columns": {"tracking_no": "num", "amount": "prix", "description": "désignation"}},
    )  # fmt: skip

    assert ("cp1252", "été", []) == (
        batch.source.encoding,
        batch.records[0].description,
        [note.code for note in batch.notes],
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"record": None}, "a record class is needed"),
        ({"record": "Bill"}, "tieout.model has no record 'Bill'"),
        ({"record": int}, "a record class is needed"),
        ({"columns": {}}, "columns are needed"),
        ({"columns": {"tracking_no": "运单号"}}, "CourierCharge needs amount"),
        ({"constants": {}}, "CourierCharge needs charge_type"),
        ({"currency": None}, "CourierCharge needs currency"),
        ({"columns": {**COLUMNS, "colour": "省份"}}, "CourierCharge has no field 'colour' that a column can fill; it has: "),
        ({"columns": {**COLUMNS, "raw": "省份"}}, "has no field 'raw' that a column can fill"),
        ({"columns": {**COLUMNS, "billed_weight_g": "重量"}}, "the unit of 'billed_weight_g' must be said"),
        ({"columns": {**COLUMNS, "length_cm": "重量"}}, "the unit of 'length_cm' must be said"),
        ({"columns": {**COLUMNS, "billed_weight_g": "重量"}, "weight_unit": "stone"}, "a unit of g, kg"),
        ({"columns": {**COLUMNS, "leg": "类型"}, "values": {"leg": {"正向": "forward"}}}, "forward: not a word here; known: outbound, "),
        ({"values": {"leg": {"正向": "outbound"}}}, "field 'leg' is named, but no column fills it"),
        ({"values": {"amount": {"1": "2"}}}, "field 'amount' is no word, so it has no values"),
        ({"required": ["leg"]}, "field 'leg' is named, but no column fills it"),
        ({"charges": {"偏远": "faraway"}}, "'faraway' is no charge type; known: "),
        ({"record": Shipment, "columns": {"tracking_no": "运单号"}, "constants": {}, "charges": {"偏远": "other"}}, "only a CourierCharge"),
        ({"columns": {**COLUMNS, "description": {"text": "省份"}}}, "a caption is needed"),
        ({"columns": {**COLUMNS, "description": {"column": "省份", "colour": 1}}}, "a column of Remark is said by captions, to, "),
        ({"columns": {**COLUMNS, "description": Charge("偏远", "other")}}, "a Charge goes into charges"),
        ({"decimal_mark": ";"}, "a decimal mark is '.' or ','"),
        ({"bill_month": "July"}, "a month is written YYYY-MM, got 'July'"),
        ({"currency": "RMB"}, "RMB"),
        ({"mapping": 5}, "a mapping is a TOML file or a dictionary"),
        ({"mapping": {"colour": 1}}, "a mapping has no key colour"),
        ({"mapping": "absent.toml"}, r"absent\.toml: the mapping cannot be opened"),
    ],
)  # fmt: skip
def test_a_mapping_that_makes_no_sense_is_refused(options, message):
    with pytest.raises(tieout.errors.TieoutError, match=message):
        read(BILL, **{"columns": COLUMNS, **options})


def test_a_mapping_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "bill.toml"
    path.write_text("columns = {", "utf-8")

    with pytest.raises(InputError, match=r"bill\.toml: the mapping is no valid TOML"):
        read(BILL, mapping=path)


def test_a_list_of_records_cannot_be_mapped():
    with pytest.raises(InputError, match="field 'lines' holds a list, which no column can fill"):
        tieout.read(b"a,b\n", format="generic_table", record=Order, columns={"platform_order_id": "a", "lines": "b"},
                    constants={"platform": "x", "currency": "CNY"})  # fmt: skip


def test_personal_columns_are_read_only_when_asked_for():
    text = "日期,金额,对方户名\n2026-07-01,1.00,张三丰\n"
    options = {
        "format": "generic_table",
        "record": BankTransaction,
        "currency": "CNY",
        "constants": {"account": "A"},
        "columns": {"booked_on": Date("日期", to="booked_on"), "amount": "金额", "counterparty": "对方户名"},
    }

    with pytest.raises(
        InputError, match=r"columns of personal data are asked for: '对方户名' \(name\)\nHint: keep_pii=True"
    ):
        tieout.read(text.encode(), **options)
    assert "张三丰" == tieout.read(text.encode(), **options, keep_pii=True).records[0].counterparty


def test_personal_columns_become_tokens_that_still_join():
    text = "日期,金额,对方户名,手机号\n2026-07-01,1.00,张三丰,138 0013 8000\n2026-07-02,1.00,张 三丰,+8613800138000\n"
    key = Pseudonymizer(key="a secret of sixteen bytes")
    options = {
        "format": "generic_table",
        "record": BankTransaction,
        "currency": "CNY",
        "columns": {"booked_on": Date("日期", to="booked_on"), "amount": "金额", "counterparty": "对方户名"},
    }

    one, other = tieout.read(text.encode(), **options, pseudonyms=key, keep_raw=True).records

    assert one.counterparty == other.counterparty == key.token("张三丰", PiiClass.NAME)
    assert one.raw == other.raw == {"手机号": key.token("13800138000", PiiClass.PHONE)}
    with pytest.raises(InputError, match="exclude each other"):
        tieout.read(text.encode(), **options, pseudonyms=key, keep_pii=True)
    with pytest.raises(InputError, match="option pseudonyms is Pseudonymizer, got str"):
        tieout.read(text.encode(), **options, pseudonyms="secret")


def test_cells_that_no_field_holds_are_kept_raw_without_the_personal_ones():
    text = "运单号,金额,收件人,备注,空\nSF1012345678901,1.00,张三丰,易碎,\n"

    assert {} == read(text, columns=COLUMNS).records[0].raw
    assert {"备注": "易碎"} == read(text, columns=COLUMNS, keep_raw=True).records[0].raw
    assert {"备注": "易碎", "收件人": "张三丰"} == read(text, columns=COLUMNS, keep_raw=True, keep_pii=True).records[
        0
    ].raw


def test_times_need_a_zone_when_the_file_has_none():
    text = "运单号,时间\nSF1012345678901,2026-07-01 08:00:00\n"
    options = {
        "format": "generic_table",
        "record": Shipment,
        "columns": {"tracking_no": "运单号", "shipped_at": "时间"},
    }

    with pytest.raises(InputError, match="times without a time zone"):
        tieout.read(text.encode(), **options)
    assert (
        datetime(2026, 7, 1, tzinfo=UTC)
        == tieout.read(text.encode(), **options, timezone="Asia/Shanghai").records[0].shipped_at
    )


def test_the_table_has_all_columns_of_its_record():
    frame = read(BILL, columns=COLUMNS).records.to_polars()

    assert tieout.tables.schema_of(CourierCharge) == dict(frame.schema)
    assert isinstance(frame, pl.DataFrame)


def test_a_field_that_no_column_fills_says_what_its_record_takes_then():
    parcels = "运单号,方向\nSF1,\nSF2,return\n".encode()
    plain = tieout.read(parcels, format="generic_table", record="Shipment", columns={"tracking_no": "运单号"})
    partly = tieout.read(
        parcels, format="generic_table", record="Shipment", columns={"tracking_no": "运单号", "direction": "方向"}
    )
    assert plain.records.to_polars()["direction"].to_list() == ["outbound", "outbound"]
    assert partly.records.to_polars()["direction"].to_list() == ["outbound", "return"]
    assert [one.direction.value for one in partly.records] == ["outbound", "return"]


@pytest.mark.parametrize(
    ("cell", "shipped"), [("0.00", None), ("0000-00-00", None), ("1900-01-00", None), ("--", None)]
)
def test_a_date_that_shows_nothing_leaves_its_line_and_its_file_alone(cell, shipped):
    text = f"运单号,金额,发货\nSF1012345678901,1.00,2026-07-01\nSF1012345678902,2.00,{cell}\n"
    batch = read(text, columns={**COLUMNS, "ship_date": "发货"})

    assert [date(2026, 7, 1), shipped] == [charge.ship_date for charge in batch.records]
    assert not batch.rejects


@pytest.mark.parametrize(("cell", "reason"), [("07-02", "date.lacks_year"), ("12.55", "date.unreadable")])
def test_one_day_without_its_year_is_the_reject_of_its_line(cell, reason):
    text = f"运单号,金额,发货\nSF1012345678901,1.00,2026-07-01\nSF1012345678902,2.00,{cell}\n"
    batch = read(text, columns={**COLUMNS, "ship_date": "发货"})

    (reject,) = batch.rejects
    assert (3, reason, cell, 200) == (reject.line, reject.reason, reject.found, reject.amount_minor)
    assert 1 == len(batch.records)
