"""Folders of Parquet parts: what is written comes back as it was, and nothing is lost without a word."""

import json
import os
import resource
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from strategies import RECORDS, records
from tieout.errors import (
    CorruptFile,
    InputError,
    InvalidField,
    MissingColumn,
    TieoutError,
    UnreadableFile,
    WrongColumnType,
)
from tieout.model import CourierCharge, CourierInvoice, Order, OrderLine, Payout, Provenance, Shipment
from tieout.tables import Table, parquet_writer, schema_of
from tieout.tables._parquet import FrameParts

MOMENT = datetime(2026, 11, 1, 5, 30, 7, 654321, tzinfo=UTC)
CARRIERS = ("sf", "zto", None)


def charges(count):
    """Charges of three carriers in turn, of the years that files hold."""
    return Table.from_records(
        [
            CourierCharge(
                charge_type="base",
                amount=Money(Decimal(at) / 100, "CNY"),
                carrier=CARRIERS[at % 3],
                tracking_no=f"SF{at:013}",
                ship_date=date(2026, 10, 1 + at % 28),
                billed_weight_g=Decimal(at) / 8,
                created_at=MOMENT,
                provenance=Provenance(format="sf_monthly_bill", file="bill.xlsx", sha256="ab" * 32, line=at + 2),
            )
            for at in range(count)
        ],
        CourierCharge,
    )


def parts(folder):
    return sorted(Path(folder).glob("*.parquet"))


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def rows_of(path):
    return pq.ParquetFile(path).metadata.num_rows


def said_by(path):
    return pl.read_parquet_metadata(path)


def read_error(source, record=None):
    with pytest.raises(TieoutError) as caught:
        Table.read_parquet(source, record)
    return caught.value


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=3)
@given(st.data())
def test_a_table_comes_back_as_it_was_for_every_record_class(kind, data):
    table = Table.from_records(data.draw(st.lists(records(kind), max_size=5)), kind)

    with TemporaryDirectory() as folder:
        table.write_parquet(f"{folder}/table", rows_per_file=2)
        again = Table.read_parquet(f"{folder}/table")

    assert table == again
    assert list(table) == list(again)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_column_of_a_record_is_of_a_type_that_spark_has(kind):
    def leaves(dtype):
        if isinstance(dtype, pl.List):
            return leaves(dtype.inner)
        if isinstance(dtype, pl.Struct):
            return {leaf for field in dtype.fields for leaf in leaves(field.dtype)}
        return {dtype}

    kept = {pl.String(), pl.Int64(), pl.Boolean(), pl.Date(), pl.Datetime("us", "UTC"), pl.Decimal(28, 8)}
    assert {leaf for dtype in schema_of(kind).values() for leaf in leaves(dtype)} <= kept


def test_each_part_but_the_last_has_the_rows_that_were_asked_for(tmp_path):
    charges(10).write_parquet(tmp_path / "bill", rows_per_file=4)

    assert [4, 4, 2] == [rows_of(path) for path in parts(tmp_path / "bill")]
    assert charges(10) == Table.read_parquet(tmp_path / "bill")


def test_no_rows_make_one_part_that_says_the_columns(tmp_path):
    charges(0).write_parquet(tmp_path / "bill")

    assert [0] == [rows_of(path) for path in parts(tmp_path / "bill")]
    assert charges(0) == Table.read_parquet(tmp_path / "bill")


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=6), st.integers(1, 7))
def test_the_same_rows_make_the_same_bytes_however_they_come(sizes, rows_per_file):
    whole = charges(sum(sizes))
    starts = [sum(sizes[:at]) for at in range(len(sizes))]

    with TemporaryDirectory() as name:
        folder = Path(name)
        whole.write_parquet(folder / "whole", rows_per_file=rows_per_file)
        with parquet_writer(folder / "pieces", CourierCharge, rows_per_file=rows_per_file) as writer:
            for start, size in zip(starts, sizes, strict=True):
                writer.write(whole[start : start + size])
            assert sum(sizes) == writer.rows

        assert contents(folder / "whole") == contents(folder / "pieces")


def test_rows_of_many_pages_make_the_same_bytes_however_they_come(tmp_path):
    whole = pl.DataFrame({"list": [[at, at + 1] for at in range(300_000)]})
    for name, pieces in {"whole": [whole], "pieces": [whole[:100], whole[100:128_571], whole[128_571:]]}.items():
        (tmp_path / name).mkdir()
        parts = FrameParts(
            tmp_path / name, schema=whole.schema, footer=lambda _: {}, rows_per_file=1_000_000, where=name
        )
        for piece in pieces:
            parts.add(piece)
        parts.close(None)

    assert contents(tmp_path / "whole") == contents(tmp_path / "pieces")


def test_other_programs_read_plain_columns(tmp_path):
    folder = tmp_path / "bill"
    charges(5).write_parquet(folder, rows_per_file=2)
    names = ["tracking_no", "amount_minor", "currency", "ship_date", "billed_weight_g", "created_at"]
    wanted = [list(row) for row in charges(5).to_polars().select(names).rows()]

    by_pandas = pd.read_parquet(folder, dtype_backend="pyarrow")[names]
    with duckdb.connect() as connection:
        relation = connection.read_parquet(f"{folder}/*.parquet")
        by_duckdb = relation.select(*names[:5], duckdb.SQLExpression("epoch_us(created_at)")).fetchall()

    assert wanted == [[*row[:5], row[5].to_pydatetime()] for row in by_pandas.itertuples(index=False, name=None)]
    assert [[*row[:5], round(row[5].timestamp() * 1_000_000)] for row in wanted] == [list(row) for row in by_duckdb]


def test_the_footer_says_of_which_records_and_in_which_money_the_rows_are(tmp_path):
    line = OrderLine(sku="A", quantity=Decimal(1), unit_cost=Money("5", "JPY"))
    goods = Money("8", "CNY")
    orders = [
        Order(platform="taobao", platform_order_id="1", currency="CNY", goods_amount=goods),
        Order(platform="taobao", platform_order_id="2", currency="JPY", lines=(line,)),
    ]
    Table.from_records(orders).write_parquet(tmp_path / "orders")

    (part,) = parts(tmp_path / "orders")
    footer = said_by(part)
    money = json.loads(footer["tieout.money"])

    assert "Order" == footer["tieout.record"]
    assert ("currency", "lines.currency") == (money["goods_amount_minor"], money["lines.unit_cost_minor"])
    assert {"CNY": 2, "JPY": 0} == json.loads(footer["tieout.exponents"])
    provenance = json.loads(footer["tieout.provenance"])
    assert [name for name in schema_of(Order) if name.startswith("source_")] == provenance


def test_a_foreign_amount_has_a_currency_of_its_own(tmp_path):
    foreign = [name.removesuffix("_currency") for name in schema_of(Payout) if name.endswith("_currency")]
    Table.from_records([], Payout).write_parquet(tmp_path / "payouts")

    money = json.loads(said_by(parts(tmp_path / "payouts")[0])["tieout.money"])

    assert foreign
    assert all(f"{name}_currency" == money[f"{name}_minor"] for name in foreign)


def test_rows_are_put_together_by_a_column_and_no_part_holds_two_of_its_values(tmp_path):
    charges(20).write_parquet(tmp_path / "bill", by="carrier", rows_per_file=4)

    held = [pl.read_parquet(path)["carrier"].unique().to_list() for path in parts(tmp_path / "bill")]
    frame = charges(20).to_polars()
    grouped = pl.concat(frame.filter(pl.col("carrier").eq_missing(pl.lit(one))) for one in CARRIERS)

    assert [["sf"], ["sf"], ["zto"], ["zto"], [None], [None]] == held
    assert Table(grouped, CourierCharge) == Table.read_parquet(tmp_path / "bill")


def test_what_rows_are_put_together_by_is_a_column_of_few_values(tmp_path, monkeypatch):
    monkeypatch.setattr("tieout.tables._parquet._FILES_MAX", 10)

    with pytest.raises(MissingColumn, match="'carier' not found"):
        charges(3).write_parquet(tmp_path / "bill", by="carier")
    with pytest.raises(InputError, match="by=tracking_no would make 11 files, 10 at most"):
        charges(11).write_parquet(tmp_path / "bill", by="tracking_no")
    with pytest.raises(InputError, match="no column to group by"):
        charges(3).write_parquet(tmp_path / "bill", by=[])
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("rows", [0, -1, True, 2.0, "5"])
def test_a_number_of_rows_that_is_none_is_refused(tmp_path, rows):
    with pytest.raises(InputError, match="rows_per_file is a whole number from 1 on"):
        charges(3).write_parquet(tmp_path / "bill", rows_per_file=rows)
    assert [] == list(tmp_path.iterdir())


def test_rows_are_numbered_over_all_parts_and_reading_leaves_the_numbers_out(tmp_path):
    charges(10).write_parquet(tmp_path / "bill", rows_per_file=4, row="row")
    charges(0).write_parquet(tmp_path / "none", row="row")
    charges(6).write_parquet(tmp_path / "by", by="carrier", row="row")

    assert list(range(10)) == pl.read_parquet(tmp_path / "bill" / "*.parquet")["row"].to_list()
    assert charges(10) == Table.read_parquet(tmp_path / "bill")
    assert charges(10) == Table.read_parquet(tmp_path / "bill", row="row")
    assert charges(0) == Table.read_parquet(tmp_path / "none")
    numbers, tracked = pl.read_parquet(tmp_path / "by" / "*.parquet").select("row", "tracking_no")
    assert list(range(6)) == numbers.to_list()
    assert tracked.equals(Table.read_parquet(tmp_path / "by").to_polars()["tracking_no"])


def test_numbers_of_rows_restore_an_order_that_was_lost(tmp_path):
    frame = charges(10).to_polars().with_row_index("row")
    odd = pl.col("row") % 2 == 1
    foreign(tmp_path / "bill", frame.filter(odd).reverse(), frame.filter(~odd))

    assert charges(10) == Table.read_parquet(tmp_path / "bill", CourierCharge, row="row")
    assert "columns 'row' belong to no field" in read_error(tmp_path / "bill", CourierCharge).problem


@pytest.mark.parametrize(
    ("numbers", "row", "told"),
    [
        ([0, 1, 1], "row", "column 'row' tells no order: it has 1 twice"),
        ([0, None, 1], "row", "column 'row' tells no order: it is null"),
        (["a", "b", "c"], "row", "column 'row' is String, whole numbers are needed"),
        ([0, 1, 2], "position", "column 'position' not found"),
        ([0, 1, 2], "carrier", "row='carrier' is a column of CourierCharge itself"),
        ([0, 1, 2], "", "row= is the name of a column, got ''"),
    ],
)
def test_numbers_that_tell_no_order_are_refused(tmp_path, numbers, row, told):
    foreign(tmp_path / "bill", charges(3).to_polars().with_columns(pl.Series("row", numbers)))

    with pytest.raises(TieoutError) as caught:
        Table.read_parquet(tmp_path / "bill", CourierCharge, row=row)

    assert told in str(caught.value)


def test_numbers_of_rows_may_not_take_the_place_of_a_column(tmp_path):
    with pytest.raises(InputError, match="row='carrier' is a column of CourierCharge itself"):
        charges(3).write_parquet(tmp_path / "bill", row="carrier")
    assert [] == list(tmp_path.iterdir())


def test_a_part_that_is_lost_is_missed(tmp_path):
    folder = tmp_path / "bill"
    charges(10).write_parquet(folder, rows_per_file=4)
    parts(folder)[1].unlink()

    error = read_error(folder)

    assert isinstance(error, CorruptFile)
    assert "1 of 3 parts are missing, with 4 rows: part-00001.parquet" == error.problem


def test_a_part_that_is_cut_off_or_changed_is_found_out(tmp_path):
    folder = tmp_path / "bill"
    charges(10).write_parquet(folder, rows_per_file=4)
    part = parts(folder)[1]
    whole = part.read_bytes()

    part.write_bytes(whole[:-7])
    cut = read_error(folder)
    part.write_bytes(whole[:99] + bytes([whole[99] ^ 1]) + whole[100:])
    changed = read_error(folder)

    assert isinstance(cut, CorruptFile)
    assert ("bill/part-00001.parquet", f"the part has {len(whole) - 7:,} bytes, {len(whole):,} were written") == (
        cut.where,
        cut.problem,
    )
    assert ("bill/part-00001.parquet", "the part holds other bytes than were written") == (
        changed.where,
        changed.problem,
    )


def test_a_file_that_was_laid_beside_the_parts_is_not_read_with_them(tmp_path):
    charges(3).write_parquet(tmp_path / "one")
    charges(4).write_parquet(tmp_path / "two")
    parts(tmp_path / "two")[0].rename(tmp_path / "one" / "part-00001.parquet")

    error = read_error(tmp_path / "one")

    assert "files lie here that were not written with the others: part-00001.parquet" == error.problem


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"version": "1", "rec', "cut off, or none of ours"),
        ("[]", "cut off, or none of ours"),
        ('{"version": "1", "record": null, "parts": [{}]}', "cut off, or none of ours"),
        ('{"version": "2"}', "it is of version 2, this release reads version 1"),
        (b"\xff\xfe", "the manifest is no text"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_an_error(tmp_path, text, told):
    charges(3).write_parquet(tmp_path / "bill")
    (tmp_path / "bill" / "_tieout.json").write_bytes(text if isinstance(text, bytes) else text.encode())

    error = read_error(tmp_path / "bill")

    assert ("bill/_tieout.json", True) == (error.where, told in error.problem)


def test_a_footer_of_a_later_release_or_of_other_decimals_is_refused(tmp_path):
    frame = charges(3).to_polars()
    said = {"tieout.version": "1", "tieout.record": "CourierCharge", "tieout.money": "{}", "tieout.provenance": "[]"}
    cases = {
        "it is of version 9": {**said, "tieout.version": "9"},
        "amounts in CNY were written with 3 decimals, and CNY has 2 now": {**said, "tieout.exponents": '{"CNY": 3}'},
        "amounts in XYZ were written with 2 decimals, and XYZ is no currency now": {
            **said,
            "tieout.exponents": '{"XYZ": 2}',
        },
        "what its footer says of its records cannot be read": said,
    }
    for told, footer in cases.items():
        frame.write_parquet(tmp_path / "one.parquet", metadata=footer)
        assert told in read_error(tmp_path / "one.parquet").problem


def test_a_folder_that_is_there_is_not_replaced_unless_told(tmp_path):
    folder = tmp_path / "bill"
    charges(3).write_parquet(folder)
    before = contents(folder)

    with pytest.raises(InputError, match="the folder is there already and is not empty"):
        charges(5).write_parquet(folder)
    assert before == contents(folder)

    charges(5).write_parquet(folder, overwrite=True)
    assert charges(5) == Table.read_parquet(folder)
    assert [folder] == list(tmp_path.iterdir())


def test_an_empty_folder_is_written_into(tmp_path):
    (tmp_path / "bill").mkdir()

    charges(3).write_parquet(tmp_path / "bill")

    assert charges(3) == Table.read_parquet(tmp_path / "bill")


def test_a_folder_that_holds_other_things_is_never_replaced(tmp_path):
    folder = tmp_path / "bill"
    charges(3).write_parquet(folder)
    (folder / "notes.txt").write_text("mine")

    with pytest.raises(InputError, match=r"the folder holds notes\.txt, which is no part of a table"):
        charges(5).write_parquet(folder, overwrite=True)
    with pytest.raises(InputError, match="this is no folder"):
        charges(5).write_parquet(folder / "notes.txt", overwrite=True)

    assert "mine" == (folder / "notes.txt").read_text()


def fail_in_mid_write(folder, **options):
    with parquet_writer(folder, CourierCharge, rows_per_file=1, **options) as writer:
        writer.write(charges(2))
        raise OSError("the source")


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(tmp_path):
    folder = tmp_path / "bill"
    charges(3).write_parquet(folder)
    before = contents(folder)

    with pytest.raises(OSError, match="the source"):
        fail_in_mid_write(folder, overwrite=True)

    assert before == contents(folder)
    assert [folder] == list(tmp_path.iterdir())


def test_a_folder_that_came_meanwhile_is_not_replaced(tmp_path):
    with pytest.raises(InputError, match="there already"), parquet_writer(tmp_path / "bill", CourierCharge) as writer:  # noqa: PT012 - as above
        writer.write(charges(2))
        charges(3).write_parquet(tmp_path / "bill")

    assert charges(3) == Table.read_parquet(tmp_path / "bill")


def test_others_may_read_the_folder_as_the_umask_says(tmp_path):
    old = os.umask(0o027)
    try:
        charges(3).write_parquet(tmp_path / "bill")
    finally:
        os.umask(old)

    assert 0o750 == (tmp_path / "bill").stat().st_mode & 0o777


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_is_an_error_of_ours(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="it cannot be written: Permission denied"):
        charges(3).write_parquet(tmp_path / "bill")


@contextmanager
def full_disk(size):
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [100, 30_000], ids=["the first part", "the manifest"])
def test_a_disk_that_takes_no_more_is_an_error_of_ours_and_leaves_nothing(tmp_path, size):
    table = charges(300)

    with full_disk(size), pytest.raises(InputError, match="bill: it cannot be written: "):
        table.write_parquet(tmp_path / "bill", rows_per_file=1)

    assert [] == list(tmp_path.iterdir())


def test_a_folder_below_a_file_is_an_error_of_ours(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match="it cannot be written: "):
        charges(3).write_parquet(tmp_path / "file" / "bill")


@pytest.mark.parametrize("folder", ["s3://bucket/bill", 5, None, ""])
def test_what_is_no_path_is_refused(folder):
    with pytest.raises(InputError, match="the path of a folder"):
        charges(3).write_parquet(folder)
    with pytest.raises(InputError, match="the path of a folder"):
        Table.read_parquet(folder)


def test_a_writer_takes_its_own_records_alone(tmp_path):
    with pytest.raises(InputError, match="a Table of Shipment is needed, got one of CourierCharge"):  # noqa: SIM117 - ours within
        with parquet_writer(tmp_path / "parcels", Shipment) as writer:
            writer.write(charges(1))


def test_rows_of_another_record_are_told(tmp_path):
    charges(3).write_parquet(tmp_path / "bill")

    error = read_error(tmp_path / "bill", CourierInvoice)

    assert ("bill/part-00000.parquet", "records of CourierInvoice are needed, the rows are CourierCharge") == (
        error.where,
        error.problem,
    )


@attrs.frozen(kw_only=True)
class Parcel:
    """A record class of one's own."""

    number: str
    weight_g: int | None = None


def test_records_of_ones_own_come_back_by_their_class(tmp_path):
    table = Table.from_records([Parcel(number="1", weight_g=5), Parcel(number="2")])
    table.write_parquet(tmp_path / "parcels")

    assert table == Table.read_parquet(tmp_path / "parcels", Parcel)
    assert "Parcel, which is no class of tieout.model" in read_error(tmp_path / "parcels").problem


def test_one_part_is_read_by_itself(tmp_path):
    charges(10).write_parquet(tmp_path / "bill", rows_per_file=4)

    assert charges(10)[4:8] == Table.read_parquet(parts(tmp_path / "bill")[1])


def test_a_part_that_another_program_changed_and_wrote_with_our_footer_is_looked_at_again(tmp_path):
    charges(3).write_parquet(tmp_path / "bill")
    (part,) = parts(tmp_path / "bill")
    footer = {name: text for name, text in said_by(part).items() if name.startswith("tieout.")}
    changed = pl.read_parquet(part).with_columns(pl.lit(None, dtype=pl.String).alias("charge_type"))
    changed.write_parquet(tmp_path / "changed.parquet", metadata=footer)

    error = read_error(tmp_path / "changed.parquet")

    assert isinstance(error, InvalidField)
    assert "changed.parquet: a value is needed, row 0 has none" == error.problem


def test_what_is_not_there_or_holds_nothing_is_told(tmp_path):
    (tmp_path / "empty").mkdir()

    assert "there is no such folder or file" == read_error(tmp_path / "bill").problem
    assert "the folder holds no Parquet file" == read_error(tmp_path / "empty").problem


def test_a_folder_of_several_tables_is_no_table(tmp_path):
    charges(3).write_parquet(tmp_path / "both" / "one")
    charges(3).write_parquet(tmp_path / "both" / "two")

    error = read_error(tmp_path / "both")

    assert isinstance(error, UnreadableFile)
    assert "the folder holds folders of their own: one, two" == error.problem


@pytest.mark.parametrize("data", [b"", b"PAR1", b"tracking_no,amount\n", b"PAR1 and no more PAR1"])
def test_a_file_that_is_no_parquet_is_told(tmp_path, data):
    (tmp_path / "bill.parquet").write_bytes(data)

    error = read_error(tmp_path / "bill.parquet", CourierCharge)

    assert (CorruptFile, "bill.parquet") == (type(error), error.where)
    assert "Parquet" in error.problem


# What other programs wrote.


def foreign(folder, *frames):
    folder.mkdir(parents=True)
    for at, frame in enumerate(frames):
        frame.write_parquet(folder / f"data_{at}.parquet")
    return folder


def test_a_folder_of_another_program_is_taken_as_a_frame_is(tmp_path):
    frame = pl.DataFrame({"amount": [Decimal("8.10")], "currency": ["CNY"], "charge_type": ["base"], "quantity": [2]})
    folder = foreign(tmp_path / "bill", frame, frame.with_columns(pl.col("quantity").cast(pl.Int8)))

    table = Table.read_parquet(folder, CourierCharge)

    assert [CourierCharge(charge_type="base", amount=Money("8.10", "CNY"), quantity=Decimal(2))] * 2 == list(table)
    assert "does not say of which records its rows are" in read_error(folder).problem


@pytest.mark.parametrize(
    ("bad", "error", "told"),
    [
        ({"amount_minor": [8.1]}, WrongColumnType, "column 'amount_minor' is Float64, needed Int64"),
        ({"ship_date": ["2026-10-01"]}, WrongColumnType, "column 'ship_date' is String, needed Date"),
        (
            {"created_at": [MOMENT.replace(tzinfo=None)]},
            WrongColumnType,
            "needed Datetime(time_unit='us', time_zone='UTC')",
        ),
        ({"tracking": ["SF1"]}, InputError, "columns 'tracking' belong to no field of CourierCharge"),
        ({"charge_type": [None]}, InvalidField, "a value is needed, row 0 has none"),
        ({"charge_type": ["bass"]}, InvalidField, "'bass' is not one of its words"),
        ({"currency": ["XXZ"]}, InvalidField, "'XXZ' is not an ISO 4217 currency code"),
        ({"amount_minor": None}, MissingColumn, "column 'amount_minor' not found"),
    ],
)
def test_a_part_that_does_not_fit_is_told_with_its_file_column_and_type(tmp_path, bad, error, told):
    good = {"amount_minor": [810], "currency": ["CNY"], "charge_type": ["base"]}
    second = {name: values for name, values in {**good, **bad}.items() if values is not None}
    folder = foreign(tmp_path / "bill", pl.DataFrame(good), pl.DataFrame(second))

    found = read_error(folder, CourierCharge)

    assert error is type(found)
    assert told in str(found)
    assert "bill/data_1.parquet" in str(found)


def test_columns_in_names_of_folders_are_read_as_the_record_has_them(tmp_path):
    frame = pl.DataFrame({"amount_minor": [810], "charge_type": ["base"]})
    foreign(tmp_path / "bill" / "currency=CNY" / "ship_date=2026-10-01" / "tracking_no=007%2F1", frame)
    foreign(tmp_path / "bill" / "currency=USD" / "ship_date=__HIVE_DEFAULT_PARTITION__" / "tracking_no=8", frame)

    table = Table.read_parquet(tmp_path / "bill", CourierCharge)

    assert [("CNY", date(2026, 10, 1), "007/1"), ("USD", None, "8")] == table.to_polars().select(
        "currency", "ship_date", "tracking_no"
    ).rows()


def test_a_name_of_a_folder_that_does_not_fit_is_told(tmp_path):
    frame = pl.DataFrame({"amount_minor": [810], "charge_type": ["base"], "currency": ["CNY"]})
    foreign(tmp_path / "bill" / "ship_date=tomorrow", frame)

    assert (
        "column 'ship_date' is 'tomorrow' in the name of the folder, needed Date"
        == read_error(tmp_path / "bill", CourierCharge).problem
    )


SPARKS = "part-00000-ad915de6-7e01-4078-a938-b2d9487fa76b-c000.snappy.parquet"


@pytest.mark.parametrize("left", ["_temporary", None])
def test_a_job_of_spark_that_has_not_ended_is_told_by_what_it_leaves(tmp_path, left):
    folder = tmp_path / "bill"
    charges(3).write_parquet(folder)
    parts(folder)[0].rename(folder / SPARKS)
    (folder / "_tieout.json").unlink()
    if left:
        (folder / left).mkdir()

    unended = read_error(folder, CourierCharge)
    if left:
        (folder / left).rmdir()
    (folder / "_SUCCESS").touch()

    assert "there is no _SUCCESS, and parts may be missing" in unended.problem
    assert charges(3) == Table.read_parquet(folder, CourierCharge)
