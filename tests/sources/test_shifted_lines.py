"""A comma too many shifts the cells of a line: it is refused even where nothing stands beyond the captions."""

from tieout.model import ChannelTransaction
from tieout.sources import Amount, Document, Key, TableFormat, Text
from tieout.sources._masking import mask_words

FORMAT = TableFormat(
    record=ChannelTransaction,
    currency="CNY",
    constants={"channel": "alipay"},
    columns=(Key("单号", to="channel_txn_id"), Amount("金额", to="amount", needed=True), Text("状态", to="status")),
)


def read(text):
    return FORMAT.read(Document.of_bytes(text.encode()), name="bill", options={})


def test_a_comma_in_an_amount_shifts_a_line_whose_last_cells_are_blank():
    batch = read("单号,金额,状态,\nA1,2.00,成功,\nA2,1,222.50,,\n")

    assert [200] == batch.records.to_polars()["amount_minor"].to_list()
    assert ["input:3: the line has 5 cells, its header 3"] == [str(reject) for reject in batch.rejects]


def test_a_line_that_has_more_blank_cells_than_the_others_is_refused():
    batch = read("单号,金额,状态\nA1,2.00,成功\nA2,3.00,成功\nA3,1,222,\n")

    assert [2, 3] == [record.provenance.line for record in batch.records]
    assert ["row.too_many_cells"] == [reject.reason for reject in batch.rejects]


def test_lines_that_all_end_in_a_comma_that_the_header_lacks_are_read():
    batch = read("单号,金额,状态\nA1,2.00,成功,\nA2,3.00,成功,\n")

    assert (2, 0) == (len(batch.records), len(batch.rejects))


def test_a_name_behind_its_label_is_masked_in_rows_beside_a_table():
    assert mask_words("姓名：造名甲") != "姓名：造名甲"
    assert mask_words("微信昵称：[造名甲]").startswith("微信昵称：[造")
    assert mask_words("起始时间：[2026-07-01]") == "起始时间：[2026-07-01]"
