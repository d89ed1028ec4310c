"""JSON arrays of objects as tables, by a leaf made for the test."""

import pytest

from tieout.errors import CorruptFile, InputError, UnreadableFile
from tieout.model import ChannelTransaction
from tieout.sources import Amount, Currency, Document, Key, TableFormat, Text
from tieout.sources._json_rows import BRACKETS, JsonFormat

FORMAT = JsonFormat(
    table=TableFormat(
        record=ChannelTransaction,
        constants={"channel": "x"},
        columns=(
            Key("id", to="channel_txn_id"),
            Currency("amount.code"),
            Amount("amount.value", to="amount"),
            Text("history.0.batch", to="type", optional=True),
        ),
        footers=(BRACKETS,),
        ignored=("person",),
    )
)
TEXT = """[
  {
    "id": "a",
    "amount": {"value": "3.10", "code": "USD"},
    "history": [{"batch": "b1"}, []],
    "person": {"name": "Donald Duck"}
  },

  {"id": "b", "amount": {"value": 1200.5, "code": "USD"}, "history": null}, {"id": "c",
    "amount": {"value": 0.1, "code": "JPY"}},
  {"id": null, "amount": {"value": "1", "code": "USD"}, "added": [1]}
]
"""


def read(text, **options):
    return FORMAT.read(Document.of_bytes(text.encode()), name="x", options=options)


def test_each_object_is_a_row_on_its_lines():
    batch = read(TEXT)

    assert [("a", 310, "b1", 2, 7), ("b", 120050, None, 9, None)] == batch.records.to_polars().select(
        "channel_txn_id", "amount_minor", "type", "source_line", "source_line_end"
    ).rows()
    assert [(9, 10, "amount.too_many_decimals"), (11, None, "value.missing")] == [
        (reject.line, reject.provenance.line_end, reject.reason) for reject in batch.rejects
    ]
    assert batch.control.holds, str(batch.control)
    assert [(1, "["), (12, "]")] == [(row.line, row.text) for row in batch.control.set_apart]
    assert ["columns that are not read: 'added'"] == [note.text for note in batch.notes]
    assert "Duck" not in str(batch.rejects)


def test_an_array_may_stand_on_one_line_and_be_empty():
    one = read('[{"id":"a","amount":{"value":"1","code":"USD"}},{"id":"b","amount":{"value":"2","code":"USD"}}]')
    none = read("[]\n")

    assert [(100, 1), (200, 1)] == one.records.to_polars().select("amount_minor", "source_line").rows()
    assert one.control.holds
    assert (0, 0, True) == (len(none.records), len(none.rejects), none.control.holds)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[{"id":"a","amount":{"value":"1","code":"USD"}}', CorruptFile),
        ('[{"id":"a","amount":{"value":"1","code":"USD"}},', CorruptFile),
        ('[{"id":"a","amount":{"value":"1","code":"US', CorruptFile),
        ('[{"id":"a","id":"b","amount":{"value":"1","code":"USD"}}]', CorruptFile),
        ('[{"id":"a","amount":{"value":NaN,"code":"USD"}}]', CorruptFile),
        ('[{"id":"a","amount":{"value":"1","code":"USD"}}, 5]', CorruptFile),
        ('[{"id":"a","amount":{"value":"1","code":"USD"}}] [', CorruptFile),
        ('[{"id":"a","amount":{"value":"1","code":"USD"}} {"id":"b"}]', CorruptFile),
        ('{"id":"a"}', UnreadableFile),
        ("id,amount\n", UnreadableFile),
        ('[{"id":"a"}]', InputError),
    ],
)
def test_what_readers_repair_without_a_word_is_refused(text, error):
    with pytest.raises(error):
        read(text)


@pytest.mark.parametrize(
    ("text", "is_match", "found"),
    [
        (TEXT, True, 4),
        ('[{"id":"a","amount":{"value":"1","code":"USD"}}, cut', True, 3),
        ('[{"id":"a","amount":{}}]', False, 1),
        ("[]", False, 0),
        ("[x]", False, 0),
        ("a,b\n", False, 0),
    ],
)
def test_fit_looks_at_the_first_object(text, is_match, found):
    fit = FORMAT.fit(Document.of_bytes(text.encode()))

    assert (is_match, found) == (fit.is_match, fit.found)


def test_a_workbook_is_no_array(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet().write_row(0, 0, ["[", "]"])
    document = Document.of_bytes((tmp_path / "a.xlsx").read_bytes())

    assert not FORMAT.fit(document).is_match
    with pytest.raises(UnreadableFile, match="workbook"):
        FORMAT.read(document, name="x", options={})
    assert (ChannelTransaction, None, "files", {}) == (
        FORMAT.record, FORMAT.carrier, FORMAT.evidence, dict(FORMAT.options)
    )  # fmt: skip
