"""Large texts piece by piece: what batches hold together is what reading the file at once gives."""

import os
import tempfile
import threading
import tomllib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tieout
from tieout.errors import CorruptFile, InputError, TieoutError, UnreadableFile
from tieout.sources import TableFormat, read_batches
from tieout.sources._registry import ROOM, format_of
from tieout.tables import Table

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
BY_LINE = sorted(
    name
    for name, leaf in ROOM.leaves().items()
    if leaf.builtin and isinstance(format_of(name), TableFormat) and format_of(name).goes_by_line
)
TEXTS = [
    (leaf, path)
    for leaf in BY_LINE
    for path in sorted((GOLDENS / leaf).iterdir())
    if path.suffix in {".csv", ".txt", ".tsv"}
]
MAPPING = {
    "format": "generic_table",
    "record": "CourierCharge",
    "columns": {"tracking_no": "运单号", "amount": "金额", "description": "备注"},
    "currency": "CNY",
    "constants": {"charge_type": "all_in"},
    "end": ["^以下为空白$"],
}
HEADER = "运单号,金额,备注"


def seen(records, rejects, control):
    return {
        "records": records.to_polars().rows(),
        "rejects": [str(reject) for reject in rejects],
        "apart": [(row.kind, row.line, row.line_end, row.text) for row in control.set_apart],
        "findings": sorted((finding.line, finding.text) for finding in control.findings),
        "checks": [
            (check.name, check.side, check.currency, check.total, {part: n for part, n in check.parts.items() if n})
            for check in control.checks
        ],
    }


def at_once(source, **options):
    batch = tieout.read(source, **options)
    return seen(batch.records, batch.rejects, batch.control)


def by_batches(source, size, **options):
    batches = read_batches(source, block_size=size, **options)
    parts = list(batches)
    rejects = [reject for part in parts for reject in part.rejects]
    assert all(part.control.holds for part in parts), "every line of each batch is accounted for"
    return seen(Table.concat([part.records for part in parts]), rejects, batches.control)


def outcome(read, *args, **options):
    try:
        return read(*args, **options)
    except TieoutError as cause:
        return type(cause), str(cause)


@pytest.mark.parametrize("size", [40, 700])
@pytest.mark.parametrize(("leaf", "path"), TEXTS, ids=[f"{leaf}-{path.name}" for leaf, path in TEXTS])
def test_batches_of_a_golden_are_what_reading_it_at_once_gives(leaf, path, size):
    given = path.with_name(f"{path.name}.toml")
    options = {"format": leaf, **(tomllib.loads(given.read_text("utf-8")) if given.exists() else {})}

    assert at_once(path, **options) == by_batches(path, size, **options)


def test_most_formats_of_large_files_are_read_piece_by_piece():
    wanted = {"alipay_fund_detail", "wechat_trade_bill", "pdd_fund_detail", "adyen_settlement_detail", "jd_settlement"}

    assert set() == wanted - set(BY_LINE)


rows = st.sampled_from(
    [
        "SF1012345678901,12.50,易碎",
        "SF1012345678902,12.5O,",
        'SF1012345678903,13.00,"上\n下"',
        'SF1012345678904,14.00,"a ""b"", c"',
        'SF1012345678905,15.00,5" 屏',
        'SF1012345678906,"16.00,第二行\nSF1012345678907,17.00,',
        ",,",
        "",
        ",12.00,",
        "SF1012345678908,",
        "`SF1012345678910,`19.00,`a,b",
        "合计,61.50,",
        "制表人：某某",
        ",,制表人",
        HEADER,
        "以下为空白",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    head=st.sampled_from([[], ["账单"], ["账单", ""]]),
    body=st.lists(rows, max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    is_ended=st.booleans(),
    size=st.integers(4, 120),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_batches_of_any_table_are_what_reading_it_at_once_gives(head, body, end, is_ended, size, encoding):
    text = end.join([*head, HEADER, *body]) + (end if is_ended else "")
    data = text.encode(encoding)

    whole = outcome(at_once, data, **MAPPING)
    parts = outcome(by_batches, data, size, **MAPPING)

    assert whole == parts


def test_a_line_without_identity_is_told_by_what_follows_it_in_another_piece():
    lines = [HEADER, *(f"SF10123456789{n:02},1.00," for n in range(20)), ",,制表人"]
    followed, ending = ("\n".join([*lines, *further]).encode() + b"\n" for further in (["SF1012345678999,2.00,"], []))

    batches = read_batches(followed, block_size=24, **MAPPING)
    rejects = [reject for batch in batches for reject in batch.rejects]

    assert [22] == [reject.provenance.line for reject in rejects]
    assert at_once(followed, **MAPPING) == by_batches(followed, 24, **MAPPING)
    assert [("trailer", 22)] == [row[:2] for row in by_batches(ending, 24, **MAPPING)["apart"]]


def test_a_file_cut_off_is_found_out_in_its_last_batch():
    data = "\n".join([HEADER, *(f"SF10123456789{n:02},1.00," for n in range(30)), "SF10123"]).encode()

    batches = iter(read_batches(data, block_size=100, **MAPPING))

    with pytest.raises(CorruptFile, match="cut off"):
        list(batches)


def test_lines_that_all_end_early_are_taken_back_when_others_do_not():
    short, whole = ([f"SF1{n}3456789{at:02},1.00{end}" for at in range(30)] for n, end in ((2, ""), (4, ",易碎")))
    data = "\n".join([HEADER.removesuffix(",备注") + ",多,备注", *short, *whole]).encode() + b"\n"
    options = {**MAPPING, "columns": {"tracking_no": "运单号", "amount": "金额"}}

    assert 60 == len(tieout.read(data, **options).rejects)
    with pytest.raises(InputError, match=r"input:\d+: the lines to here end after 2 cells, and further ones do not"):
        list(read_batches(data, block_size=200, **options))


def test_a_total_of_the_whole_file_is_checked_at_its_end():
    lines = [HEADER, *(f"SF10123456789{n:02},1.00," for n in range(30)), "合计,31.00,"]
    batches = read_batches("\n".join(lines).encode() + b"\n", block_size=100, **MAPPING)

    with pytest.raises(InputError, match="not read to its end"):
        batches.control  # noqa: B018 - the error is what it gives
    assert all(batch.control.holds for batch in batches)
    assert [("合计 金额", 3100, 100)] == [(check.name, check.total, check.gap) for check in batches.control.failures]


def test_batches_are_gone_through_once():
    batches = read_batches(f"{HEADER}\nSF1012345678901,1.00,\n".encode(), **MAPPING)

    assert 1 == len(list(batches))
    with pytest.raises(InputError, match="gone through once"):
        iter(batches)


def test_notes_stand_once_and_what_they_count_adds_up():
    lines = [f"{HEADER},多", *(f"SF10123456789{n:02},1.00,,x" for n in range(9))]
    lines += [f"26000000000000{n:02}000,1.00,,x" for n in range(9)]
    batches = read_batches("\n".join(lines).encode() + b"\n", block_size=100, **MAPPING)

    whole = tieout.read("\n".join(lines).encode() + b"\n", **MAPPING)
    assert len(list(batches)) > 3
    assert sorted(map(str, whole.notes)) == sorted(map(str, batches.notes))


def test_what_is_no_plain_text_is_read_at_once_and_says_so():
    path = GOLDENS / "sf_monthly_bill"
    workbook = next(one for one in sorted(path.iterdir()) if one.suffix == ".xlsx")

    batches = read_batches(workbook, bill_month="2026-07")
    parts = list(batches)

    assert "sf_monthly_bill" == batches.format
    assert ["file.read_at_once"] == [note.code for note in parts[0].notes if note.code.startswith("file.")]
    assert parts[0].control == batches.control


@pytest.mark.parametrize("kind", ["path", "file", "url"])
def test_a_file_is_streamed_from_wherever_it_stands(kind, tmp_path):
    data = "\n".join([HEADER, *(f"SF10123456789{n:02},1.00," for n in range(30))]).encode() + b"\n"
    path = tmp_path / "bill.csv"
    path.write_bytes(data)
    source = path
    if kind == "file":
        source = BytesIO(data)
    elif kind == "url":
        pytest.importorskip("fsspec")
        source = path.as_uri()

    batches = list(read_batches(source, block_size=200, **MAPPING))

    assert 30 == sum(len(batch.records) for batch in batches)
    assert len(batches) > 2
    assert {None if kind == "file" else "bill.csv"} == {batch.source.file for batch in batches}
    assert {len(data)} == {batch.source.size_bytes for batch in batches}
    assert [32 - 1] == [batch.source.line_count for batch in batches][-1:]


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path):
    with pytest.raises(UnreadableFile, match="there is no such file"):
        read_batches(tmp_path / "none.csv")


@pytest.mark.parametrize("size", [0, 3, 2.5, "8 MiB"])
def test_a_block_must_hold_something(size):
    with pytest.raises(InputError, match="a block has 4 bytes at least, a whole number, got"):
        read_batches(b"a", block_size=size)


def test_the_rest_of_a_file_can_be_left_unread():
    lines = [HEADER, *(f"SF10123456789{n:02},1.00," for n in range(90))]
    batches = read_batches("\n".join(lines).encode() + b"\n", block_size=100, **MAPPING)

    first = next(iter(batches))
    iterator = batches._batches
    iterator.close()

    assert len(first.records) < 90


def test_what_rounding_added_and_words_that_mean_nothing_add_up_over_the_pieces():
    mapping = {**MAPPING, "record": "SettlementLine", "constants": {}, "round_amounts": True}
    mapping["columns"] = {"platform_order_id": "运单号", "amount": "金额", "type": "备注"}
    mapping["types"] = {"佣金": "commission"}
    lines = [HEADER, *(f"SF10123456789{n:02},1.005,{'佣金' if n % 3 else f'词{n % 2}'}" for n in range(30))]
    data = "\n".join(lines).encode() + b"\n"

    batches = read_batches(data, block_size=150, **mapping)

    assert len(list(batches)) > 3
    assert {"amount.rounded", "line_type.unknown"} == {note.code for note in batches.notes}
    assert sorted(map(str, tieout.read(data, **mapping).notes)) == sorted(map(str, batches.notes))


def test_notes_on_bytes_and_on_the_last_line_are_notes_of_the_whole():
    lines = [HEADER, *(f"SF10123456789{n:02},1.00,易碎" for n in range(60))]
    data = "\n".join(lines).encode("gb18030").replace(b"33,1.00,", b"33,1.00,\xff")

    batches = read_batches(data, block_size=200, **MAPPING)

    assert len(list(batches)) > 3
    assert {"encoding.broken", "file.last_line_open"} == {note.code for note in batches.notes}
    assert sorted(map(str, tieout.read(data, **MAPPING).notes)) == sorted(map(str, batches.notes))


def test_first_lines_with_more_cells_than_most_are_told_at_the_end():
    mapping = {**MAPPING, "columns": {"tracking_no": "运单号", "amount": "金额"}}
    numbers = [f"SF10123456789{n:02}" for n in range(40)]
    lines = [*(f"{number},1.00,," for number in numbers[:10]), *(f"{number},1.00," for number in numbers[10:])]
    data = "\n".join([HEADER, *lines]).encode() + b"\n"

    batches = read_batches(data, block_size=100, **mapping)

    assert 10 == len(tieout.read(data, **mapping).rejects)
    assert not any(batch.rejects for batch in batches)
    assert ["lines have as many cells as the first ones"] == [check.name for check in batches.control.failures]
    assert "lines.width_changes" in {note.code for note in batches.notes}


def test_totals_are_checked_beside_the_checks_of_a_format():
    mapping = {
        "format": "generic_table",
        "record": "ChannelTransaction",
        "columns": {"channel_txn_id": "流水号", "amount": "金额", "fee": "手续费", "occurred_at": "时间"},
        "balance": "余额",
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
        "constants": {"channel": "bank", "bill_kind": "fund"},
    }
    lines = [f"T{n:04},1.00,-0.25,2026-07-01 10:00:00,{(n + 1) * 0.75:.2f}" for n in range(40)]
    data = "\n".join(["流水号,金额,手续费,时间,余额", *lines, "合计,40.00,-11.00,,"]).encode() + b"\n"

    parts = by_batches(data, 200, **mapping)

    assert at_once(data, **mapping) == parts
    assert {"合计 金额", "合计 手续费", "closing balance"} <= {name for name, *_ in parts["checks"]}


def test_lines_that_may_end_early_are_taken_back_by_none():
    lines = [f"SF10123456789{n:02},1.00{'' if n < 20 else ',易碎'}" for n in range(40)]
    data = "\n".join([HEADER, *lines]).encode() + b"\n"
    mapping = {**MAPPING, "columns": {"tracking_no": "运单号", "amount": "金额"}, "short_rows": True}

    assert 40 == len(tieout.read(data, **mapping).records)
    assert at_once(data, **mapping) == by_batches(data, 100, **mapping)


def removed(path):
    path.unlink()


def appended(path):
    with path.open("ab") as file:
        file.write(b"SF1012345678901,1.00,\n")


def damaged(path):
    path.write_bytes(path.read_bytes().replace(b"1.00", b"1.0\xff"))


@pytest.mark.parametrize(
    ("change", "said"),
    [(removed, "there is no such file"), (appended, "somebody wrote into"), (damaged, "somebody wrote into")],
)
def test_a_file_that_changes_between_being_told_and_being_read_is_refused(change, said, tmp_path):
    path = tmp_path / "bill.csv"
    path.write_text("\n".join([HEADER, *(f"SF10123456789{n:02},1.00," for n in range(90)), ""]), "utf-8")
    os.utime(path, ns=(1, 1))
    batches = read_batches(path, block_size=200, **MAPPING)

    change(path)

    with pytest.raises(UnreadableFile, match=f"bill.csv: {said}"):
        list(batches)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_that_has_a_name_is_copied_first(tmp_path):
    data = "\n".join([HEADER, *(f"SF10123456789{n:02},1.00," for n in range(90)), ""]).encode()
    os.mkfifo(pipe := tmp_path / "pipe")
    writer = threading.Thread(target=pipe.write_bytes, args=(data,), daemon=True)
    writer.start()

    batches = read_batches(pipe, block_size=200, **MAPPING)

    assert 90 == sum(len(batch.records) for batch in batches)


@pytest.mark.filterwarnings("error")
def test_batches_that_nobody_goes_through_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    batches = read_batches(f"{HEADER}\nSF1012345678901,1.00,\n".encode(), **MAPPING)

    assert [] == list(tmp_path.iterdir())
    assert 1 == len(list(batches))
