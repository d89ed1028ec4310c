"""Bad input gets one clear error, or rejects with line numbers and the rest read."""

from decimal import Decimal
from pathlib import Path

import pytest

import tieout
from tieout.errors import CorruptFile, EmptyFile, HeaderNotFound, InputError, MissingColumn, WrongEncoding
from tieout.sources import Rejects

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
MAPPING = {
    "format": "generic_table",
    "record": "CourierCharge",
    "currency": "CNY",
    "weight_unit": "kg",
    "constants": {"charge_type": "all_in"},
    "columns": {"tracking_no": "运单号", "billed_weight_g": "重量", "amount": "金额"},
}
HEADER = "运单号,重量,金额,收件人,备注\n"


def read(text, **more):
    return tieout.read(text.encode() if isinstance(text, str) else text, **{**MAPPING, **more})


def test_unreadable_cells_are_rejects_on_their_lines_and_the_rest_is_read():
    batch = read(
        HEADER
        + "SF1012345678901,1.2,12.50,张三,\n"
        + 'SF1012345678902,1.2,"12,5O",张三,\n'
        + "\n"
        + 'SF1012345678903,abc,x,张三,"两\n行"\n'
        + ",1,3.00,张三,\n"
        + "SF1012345678905,1,3.00,张三,\n"
    )

    assert ["SF1012345678901", "SF1012345678905"] == [charge.tracking_no for charge in batch.records]
    assert [2, 8] == [charge.provenance.line for charge in batch.records]
    assert [
        "input:3: column '金额': '12,5O' is not an amount",
        "input:5-6: column '重量': 'abc' is not a weight; column '金额': 'x' is not an amount",
        "input:7: column '运单号': is blank",
    ] == [str(reject) for reject in batch.rejects]
    assert [3, 5, 7] == batch.rejects.to_polars()["source_line"].to_list()
    assert ["amount.unreadable", "weight.unreadable", "value.missing"] == [reject.reason for reject in batch.rejects]
    assert batch.control.holds


def test_lines_with_too_many_or_too_few_cells_are_rejects():
    batch = read(HEADER + "SF1012345678901,1.2,12.50,张三,a,b\nSF1012345678902,1.2\nSF1012345678903,1,1.00,张三,,,\n")

    assert ["row.too_many_cells", "row.too_few_cells"] == [reject.reason for reject in batch.rejects]
    assert "input:2: the line has 6 cells, its header 5" == str(batch.rejects[0])
    assert ["SF1012345678903"] == [charge.tracking_no for charge in batch.records]


def test_a_line_without_identity_and_amount_is_set_apart_only_below_the_data():
    batch = read(HEADER + ",,,张三,说明\nSF1012345678901,1.2,12.50,张三,\n,,,张三,说明\n")

    assert [(2, "value.missing")] == [(reject.line, reject.reason) for reject in batch.rejects]
    assert [(4, "trailer")] == [(row.line, row.kind) for row in batch.control.set_apart]


def test_lines_may_all_end_before_captions_to_spare():
    batch = read(HEADER + "SF1012345678901,1.2,12.50\nSF1012345678902,1.2,1.00\n")

    assert (2, 0) == (len(batch.records), len(batch.rejects))


def test_short_lines_are_read_when_the_caller_says_so():
    text = HEADER + "SF1012345678901,1.2,12.50\nSF1012345678902,1.2,1.00,张三,\n"

    assert 1 == len(read(text).rejects)
    assert 0 == len(read(text, short_rows=True).rejects)


def test_identifiers_that_lost_digits_are_rejects_and_keep_their_amount():
    batch = read(HEADER + "1.01234567890123E+14,1.2,12.50,张三,\nSF1012345678905,1,3.00,张三,\n合计,,15.50,,\n")

    (reject,) = batch.rejects
    assert ("data.id_precision_lost", 1250, "CNY") == (reject.reason, reject.amount_minor, reject.currency)
    assert "input:2: column '运单号': '1.01234567890123E+14' is an identifier that lost digits" == str(reject)
    assert batch.control.holds
    assert "15.50 CNY = 3.00 CNY records + 12.50 CNY rejects: ties out" in str(batch.control)


def test_identifiers_that_lost_digits_are_kept_only_when_asked_for():
    batch = read(HEADER + "1.01234567890123E+14,1.2,12.50,张三,\n", damaged_ids="keep")

    assert (["1.01234567890123E+14"], 0) == ([charge.tracking_no for charge in batch.records], len(batch.rejects))
    assert "data.id_precision_lost" in [note.code for note in batch.notes]


def test_nothing_personal_stands_in_rejects_or_rows_set_apart():
    text = (
        "客服电话 13800138000\n"
        + HEADER
        + "SF1012345678901,x,12.50,张三丰,找 13900139000\n合计,,12.50,,\n请拨打 13700137000 核对\n"
    )
    batch = read(text)

    shown = "\n".join([repr(batch), str(batch.rejects), batch._repr_html_(), *(reject.raw for reject in batch.rejects)])
    shown += "\n".join(row.text for row in batch.control.set_apart)
    for secret in ("张三丰", "13800138000", "13900139000", "13700137000"):
        assert secret not in shown
    assert "SF1012345678901 | x | 12.50 | 张** | 找 139****9000" == batch.rejects[0].raw
    assert "张三丰" in read(text, keep_pii=True).rejects[0].raw


def test_a_torn_line_hides_all_but_its_figures():
    batch = read(HEADER + "SF1012345678901,1.2,12.50,西湖区,张三丰,x\n")

    assert "*** | 1.2 | 12.50 | *** | *** | ***" == batch.rejects[0].raw


def test_a_missing_column_is_named_with_the_file_and_the_columns_found(tmp_path):
    path = tmp_path / "bill.csv"
    path.write_text("报表\n运单号,重量,总价\n1,2,3\n", "utf-8")

    with pytest.raises(MissingColumn) as caught:
        tieout.read(path, **MAPPING)

    assert "bill.csv:2: column '金额' not found; columns found: '运单号', '重量', '总价'" == str(caught.value)


def test_no_header_at_all_lists_what_was_looked_for():
    with pytest.raises(
        HeaderNotFound, match="none of the first 60 rows has any of the columns '运单号', '重量', '金额'"
    ):
        read("a,b\n1,2\n")


@pytest.mark.parametrize("tail", ['SF1012345678902,1.2,"12.5', "SF1012345678902,1.2", "SF10123", "SF1012345678902,"])
def test_a_text_that_is_cut_off_is_refused(tail):
    with pytest.raises(CorruptFile, match=r"input:3: .*(cut off|never closed)"):
        read(HEADER + "SF1012345678901,1.2,12.50,张三,\n" + tail)


def test_a_remark_below_the_table_is_no_cut():
    batch = read(HEADER + "SF1012345678901,1.2,12.50,张三,\n以上数据仅供参考。")

    assert (1, ["row.too_few_cells"]) == (len(batch.records), [reject.reason for reject in batch.rejects])


def test_a_cut_at_a_line_end_is_found_by_the_declared_total():
    whole = HEADER + "SF1012345678901,1.2,12.50,张三,\nSF1012345678902,1,3.00,张三,\n合计,,15.50,,\n"
    gap = whole.replace("SF1012345678902,1,3.00,张三,\n", "")

    assert read(whole).control.holds
    assert ["IS OFF BY 3.00 CNY"] == [str(check)[-18:] for check in read(gap).control.failures]


def test_an_open_last_line_is_told():
    codes = [note.code for note in read(HEADER + "SF1012345678901,1.2,12.50,张三,").notes]

    assert "file.last_line_open" in codes


def test_empty_files_are_refused():
    for data in (b"", b"\xef\xbb\xbf", b"\r\n \r\n"):
        with pytest.raises((EmptyFile, HeaderNotFound)):
            read(data)


def test_a_file_of_a_header_alone_has_no_records():
    batch = read(HEADER)

    assert (0, 0, True) == (len(batch.records), len(batch.rejects), batch.control.holds)


def test_a_wrong_encoding_is_one_error():
    data = (HEADER + "SF1012345678901,1.2,12.50,张三,\n").encode("gb18030")

    with pytest.raises(WrongEncoding, match="not valid in utf-8"):
        read(data, encoding="utf-8")
    assert 1 == len(read(data, encoding="gbk").records)


def test_damaged_bytes_cost_their_lines_only():
    lines = "".join(f"SF10123456789{number:02},1,3.00,张三丰先生收,轻拿轻放\n" for number in range(20))
    data = bytearray((HEADER + lines).encode())
    at = data.index(b"SF1012345678910")
    data[at + 2] = 0xFF

    batch = read(bytes(data))

    assert (19, ["data.id_precision_lost"]) == (len(batch.records), [reject.reason for reject in batch.rejects])
    assert "encoding.broken" in [note.code for note in batch.notes]


def test_a_word_that_holds_a_damaged_byte_costs_its_line():
    lines = "".join(f"SF10123456789{number:02},1,3.00,张三丰先生收,轻拿轻放\n" for number in range(20))
    data = bytearray((HEADER + lines).encode())
    data[data.rindex("轻".encode())] = 0xFF

    batch = read(bytes(data), columns={**MAPPING["columns"], "description": "备注"})

    assert [(21, "备注", "text.undecodable")] == [
        (reject.line, reject.column, reject.reason) for reject in batch.rejects
    ]


def test_a_sum_of_a_part_is_no_sum_of_the_whole():
    batch = read(HEADER + "SF1012345678901,1,3.00,,\nSF1012345678902,1,4.00,,\n合计,,7.00,,\n本页小计,,4.00,,\n")

    assert batch.control.holds
    assert ["lines", "合计 金额"] == [check.name for check in batch.control.checks]


def test_one_caption_over_two_columns_is_not_guessed():
    text = "运单号,重量,金额,金额\nSF1012345678901,1,3.00,4.00\n"

    with pytest.raises(
        InputError, match=r"input:1: caption '金额' stands over several columns: 3, 4\nHint: .*'金额#2'"
    ):
        read(text)
    (charge,) = read(text, columns={**MAPPING["columns"], "amount": "金额#2"}).records
    assert "4.00" == str(charge.amount.amount)
    with pytest.raises(MissingColumn, match="金额#3"):
        read(text, columns={**MAPPING["columns"], "amount": "金额#3"})


def test_options_that_are_none_are_named():
    with pytest.raises(InputError, match=r"format 'generic_table' has no option colour; its options: .*bill_month, "):
        read(HEADER, colour="red")
    with pytest.raises(InputError, match="format 'sf_monthly_bill' has no option colour"):
        tieout.read(GOLDENS / "sf_monthly_bill" / "one_figure.csv", colour="red")
    with pytest.raises(InputError, match="option keep_pii is bool, got str"):
        read(HEADER, keep_pii="yes")
    with pytest.raises(InputError, match="option encoding is str, got int"):
        read(HEADER, encoding=65001)
    with pytest.raises(InputError, match="no time zone named 'Peking'"):
        read(HEADER, timezone="Peking")
    with pytest.raises(InputError, match="damaged_ids is 'reject' or 'keep'"):
        read(HEADER, damaged_ids="mend")
    with pytest.raises(InputError, match="a delimiter is one character"):
        read(HEADER, delimiter="::")


def test_constants_are_checked():
    with pytest.raises(InputError, match="CourierCharge has no field colour"):
        read(HEADER, constants={"charge_type": "all_in", "colour": "red"})
    with pytest.raises(InputError, match=r"'freight' is not a word of CourierCharge.charge_type; known: base, "):
        read(HEADER, constants={"charge_type": "freight"})
    with pytest.raises(
        InputError, match="constant 'vat_rate' is a text, whole number, Decimal, date or yes/no, got float"
    ):
        read(HEADER, constants={"charge_type": "all_in", "vat_rate": 0.06})
    with pytest.raises(InputError, match=r"constant 'ship_date' needs Date, got str"):
        read(HEADER, constants={"charge_type": "all_in", "ship_date": "01/07/2026"})
    line = "SF1012345678901,1.2,12.50,张三,\n"
    (charge,) = read(
        HEADER + line, constants={"charge_type": "all_in", "vat_rate": "0.06", "dest.province": "浙江"}
    ).records
    assert (Decimal("0.06"), "浙江") == (charge.vat_rate, charge.dest.province)


def test_rejects_are_a_sequence_for_people_and_programs():
    rejects = read(HEADER + "SF1012345678901,x,1.00,张三,\nSF1012345678902,y,1.00,张三,\n").rejects

    assert isinstance(rejects[:1], Rejects)
    assert (2, 1) == (len(rejects), len(rejects[:1]))
    assert repr(rejects).startswith("2 rejects\n  input:2: ")
    assert "<li>" in rejects._repr_html_()
    assert "no rejects" == str(Rejects())
    assert ["'x'" in row for row in rejects.to_polars()["what"]] == [True, False]


def test_a_header_of_more_cells_than_any_sheet_has_is_refused_at_once():
    with pytest.raises(InputError, match="the header has 20,006 cells; a table has 16,384 at most"):
        read(HEADER.rstrip("\n") + "," * 20_001 + "末\n")


@pytest.mark.parametrize(
    ("golden", "good"),
    [("amazon_all_orders/all-orders.txt", "\tEUR\t"), ("shopify_orders/orders_export_1.csv", ",USD,")],
)
def test_an_order_in_a_currency_that_is_none_is_a_reject(golden, good):
    text = (GOLDENS / golden).read_text("utf-8")
    whole = tieout.read(text.encode())

    batch = tieout.read(text.replace(good, good.replace(good[1:-1], "U5D"), 1).encode())

    assert len(whole.rejects) < len(batch.rejects)
    assert "U5D" in [reject.found for reject in batch.rejects]
