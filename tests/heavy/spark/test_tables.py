"""Tables on Spark: as frames and back, and by folders of Parquet both ways, to the cent and to the microsecond."""

from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moneyed import Money

from strategies import records
from tieout.errors import InputError, InvalidField, MissingColumn, TieoutError, WrongColumnType
from tieout.model import BankTransaction, CourierCharge, Event, Order, Provenance, Return, StockDocument, Voucher
from tieout.sources import to_parquet
from tieout.tables import Table

KINDS = (BankTransaction, CourierCharge, Event, Order, Return, StockDocument, Voucher)
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "+05:45")
MOMENTS = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1890, 5, 5, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 0, 0, 1, tzinfo=UTC),  # New York's clocks are put forward
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # and back: 01:30 for the first time
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),  # and for the second
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    None,
)
ZONE = "spark.sql.session.timeZone"
WRITTEN = "spark.sql.parquet.outputTimestampType"


def charges(count):
    return Table.from_records(
        [
            CourierCharge(
                charge_type="base",
                amount=Money(Decimal(at * 7_777_777_777_777) / 100, "CNY") if at % 5 else Money(at, "JPY"),
                carrier=("sf", "zto", None)[at % 3],
                tracking_no=f"{at:04}",
                ship_date=date(1 + at * 300 % 9999, 1 + at % 12, 28),
                billed_weight_g=Decimal(at) / 8,
                created_at=MOMENTS[at % len(MOMENTS)],
                raw={"备注": "轻放"} if at % 2 else {},
                provenance=Provenance(format="sf_monthly_bill", file="bill.xlsx", sha256="ab" * 32, line=at + 2),
            )
            for at in range(count)
        ],
        CourierCharge,
    )


def in_order(table):
    """Spark reads the largest file first."""
    return Table(table.to_polars().sort("tracking_no"), table.record)


@contextmanager
def setting(session, name, value):
    before = session.conf.get(name)
    session.conf.set(name, value)
    try:
        yield session
    finally:
        session.conf.set(name, before)


def there_and_back(session, table):
    return Table.from_spark(table.to_spark(session), table.record)


def all_kinds(session):
    @settings(
        max_examples=2,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(st.data())
    def hold(data):
        for kind in KINDS:
            table = Table.from_records(data.draw(st.lists(records(kind), max_size=3)), kind)
            again = there_and_back(session, table)
            assert table == again
            assert list(table) == list(again)

    hold()


def all_zones(session):
    table = charges(40)
    for zone in ZONES:
        with setting(session, ZONE, zone):
            assert table == there_and_back(session, table), zone


def test_a_table_comes_back_from_spark_as_it_was(classic):
    all_kinds(classic)


def test_a_table_comes_back_from_connect_as_it_was(connect):
    all_kinds(connect)


def test_no_zone_of_a_session_moves_an_instant(classic):
    all_zones(classic)


def test_no_zone_of_a_session_of_connect_moves_an_instant(connect):
    all_zones(connect)


def test_spark_sees_plain_columns(classic):
    frame = charges(40).to_spark(classic)

    assert {
        "amount_minor": "bigint",
        "currency": "string",
        "ship_date": "date",
        "created_at": "timestamp",
        "billed_weight_g": "decimal(28,8)",
        "source_line": "bigint",
    }.items() <= dict(frame.dtypes).items()
    found = {
        row["currency"]: row["total"]
        for row in frame.groupBy("currency").agg({"amount_minor": "sum"}).toDF("currency", "total").collect()
    }
    totals = charges(40).to_polars().group_by("currency").agg(pl.col("amount_minor").sum()).rows()
    assert dict(totals) == found


def test_rows_go_in_several_batches_and_keep_their_order(classic, monkeypatch):
    monkeypatch.setattr("tieout.tables._spark._SLICE", 7)

    assert charges(40) == there_and_back(classic, charges(40))


@pytest.mark.parametrize("rows_per_file", [15, 1000])
def test_spark_reads_what_was_written(classic, tmp_path, rows_per_file):
    charges(40).write_parquet(tmp_path / "bill", rows_per_file=rows_per_file)

    for zone in ZONES[:3]:
        with setting(classic, ZONE, zone):
            frame = classic.read.parquet(str(tmp_path / "bill"))
            assert charges(40) == in_order(Table.from_spark(frame, CourierCharge))
    assert charges(40).to_spark(classic).schema == frame.schema


def test_rows_that_are_numbered_come_back_in_their_order(classic, tmp_path):
    table = charges(40)[::-1]
    table.write_parquet(tmp_path / "bill", rows_per_file=15, row="row")
    frame = classic.read.parquet(str(tmp_path / "bill"))
    frame.repartition(3, "tracking_no").write.parquet(str(tmp_path / "again"))

    assert table == Table.from_spark(frame, CourierCharge, row="row")
    assert table == Table.from_spark(
        table.to_spark(classic, row="row").orderBy("tracking_no"), CourierCharge, row="row"
    )
    assert table == Table.read_parquet(tmp_path / "again", CourierCharge, row="row")
    assert "columns 'row' belong to no field" in str(refused(frame))
    assert "column 'position' not found" in str(refused(frame, row="position"))


@pytest.mark.parametrize("kind", ["INT96", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"])
def test_what_spark_wrote_is_read_whatever_its_zone_and_its_type_of_timestamps(classic, tmp_path, kind):
    table = charges(40)
    if kind == "TIMESTAMP_MILLIS":
        table = Table(
            table.to_polars().with_columns(created_at=table.to_polars()["created_at"].dt.truncate("1ms")), CourierCharge
        )
    with setting(classic, WRITTEN, kind), setting(classic, ZONE, "Asia/Shanghai"):
        table.to_spark(classic).repartition(3).write.parquet(str(tmp_path / "bill"))

    assert table == in_order(Table.read_parquet(tmp_path / "bill", record=CourierCharge))


def test_moments_in_lists_that_spark_wrote_are_instants(classic, tmp_path):
    from tieout.model import Payment

    paid = [Payment(amount=Money(1, "CNY"), paid_at=moment, channel="alipay") for moment in MOMENTS]
    table = Table.from_records([Order(platform="taobao", platform_order_id="1", currency="CNY", payments=tuple(paid))])
    with setting(classic, ZONE, "America/New_York"):
        table.to_spark(classic).write.parquet(str(tmp_path / "orders"))

    assert table == Table.read_parquet(tmp_path / "orders", record=Order)


def test_what_spark_wrote_by_columns_is_read(classic, tmp_path):
    charges(40).to_spark(classic).write.partitionBy("currency", "carrier").parquet(str(tmp_path / "bill"))

    assert charges(40) == in_order(Table.read_parquet(tmp_path / "bill", record=CourierCharge))


def fails(_):
    raise ValueError("the kernel fails")
    yield


def refused(frame, record=CourierCharge, **options):
    with pytest.raises(TieoutError) as caught:
        Table.from_spark(frame, record, **options)
    return caught.value


GOOD = "charge_type string, amount_minor bigint, currency string"


@pytest.mark.parametrize(
    ("columns", "error", "told"),
    [
        ("charge_type string, currency string", MissingColumn, "column 'amount_minor' not found"),
        (f"{GOOD}, tracking string", InputError, "columns 'tracking' belong to no field of CourierCharge"),
        (
            "charge_type string, amount_minor double, currency string",
            WrongColumnType,
            "'amount_minor' is Float64, needed Int64",
        ),
        ("charge_type string, amount double, currency string", WrongColumnType, "'amount' is float"),
        (f"{GOOD}, created_at timestamp_ntz", WrongColumnType, "needed Datetime(time_unit='us', time_zone='UTC')"),
        (
            f"{GOOD}, ship_date timestamp",
            WrongColumnType,
            "'ship_date' is Datetime(time_unit='us', time_zone='UTC'), needed Date",
        ),
        (f"{GOOD}, raw map<string,string>", WrongColumnType, "'raw' is Spark's map<string,string>, needed String"),
        (f"{GOOD}, ship_date interval day", WrongColumnType, "'ship_date' is Spark's interval day, needed Date"),
        (f"{GOOD}, tracking_no binary", WrongColumnType, "'tracking_no' is Binary, needed String"),
        (f"{GOOD}, dest_city struct<a:int>", WrongColumnType, "'dest_city' is Struct({'a': Int32}), needed String"),
    ],
)
def test_columns_are_held_to_the_record_before_any_job(classic, columns, error, told):
    frame = classic.range(1).mapInArrow(fails, columns)

    found = refused(frame)

    assert error is type(found)
    assert told in str(found)


def test_columns_of_connect_are_held_to_the_record_before_any_job(connect):
    frame = connect.range(1).mapInArrow(fails, f"{GOOD}, ship_date string")

    assert "'ship_date' is String, needed Date" in str(refused(frame))


def test_a_job_that_fails_is_told_in_one_line(classic):
    found = refused(classic.range(1).mapInArrow(fails, GOOD))

    assert InputError is type(found)
    assert found.problem.startswith("Spark did not give the rows: ")
    assert "\n" not in found.problem


def test_two_columns_of_one_name_and_one_that_spark_does_not_know_are_told(classic):
    twice = classic.sql("select 'SF1' tracking_no, 'SF2' tracking_no")

    assert "several columns of the Spark frame are named 'tracking_no'" in str(refused(twice))


def test_what_is_exact_in_other_types_is_taken(classic):
    frame = classic.sql(
        "select 'base' charge_type, cast(8.1 as decimal(10,2)) amount, cast(3 as tinyint) quantity, cast(2 as smallint) source_line,"
        " cast(null as void) carrier, cast('SF1' as varchar(9)) tracking_no"
    )

    (charge,) = Table.from_spark(frame, CourierCharge, currency="CNY")

    assert (Money("8.10", "CNY"), Decimal(3), 2, "SF1") == (
        charge.amount,
        charge.quantity,
        charge.provenance.line,
        charge.tracking_no,
    )
    assert InvalidField is type(
        refused(classic.sql("select cast(null as string) charge_type, 1L amount_minor, 'CNY' currency"))
    )


def test_what_is_no_frame_or_session_of_spark_is_told(classic):
    with pytest.raises(InputError, match="a Spark session is needed, got str"):
        charges(1).to_spark("local[2]")
    with pytest.raises(InputError, match="a Spark frame is needed, got DataFrame"):
        Table.from_spark(charges(1).to_polars(), CourierCharge)


def test_a_frame_of_spark_is_not_collected_unasked(classic):
    frame = classic.range(1).mapInArrow(fails, GOOD)

    with pytest.raises(InputError, match="got Spark's DataFrame: it is collected only when asked"):
        Table.from_frame(frame, CourierCharge)


def test_a_spark_that_is_too_old_is_told(classic, monkeypatch):
    frame = classic.range(1)
    monkeypatch.setattr("pyspark.__version__", "3.5.1")

    with pytest.raises(InputError, match=r"Spark 4.0 or newer is needed, this is 3.5.1"):
        charges(1).to_spark(classic)
    with pytest.raises(InputError, match=r"Spark 4.0 or newer is needed, this is 3.5.1"):
        Table.from_spark(frame, CourierCharge)


def test_a_file_of_any_size_goes_to_spark_with_every_line_told(classic, tmp_path):
    lines = [f"SF{at:013},{'12.5O' if at % 50 == 7 else '12.50'}" for at in range(500)]
    (tmp_path / "bill.csv").write_text("\n".join(["运单号,金额", *lines, ""]), encoding="utf-8")

    written = to_parquet(
        tmp_path / "bill.csv",
        tmp_path / "out",
        format="generic_table",
        record="CourierCharge",
        columns={"tracking_no": "运单号", "amount": "金额"},
        currency="CNY",
        constants={"charge_type": "all_in"},
        block_size=2000,
        rows_per_file=100,
    )

    frame = classic.read.parquet(str(written.tables["CourierCharge"]))
    rejects = classic.read.parquet(str(tmp_path / "out" / "rejects"))
    assert written.holds
    assert (490, 490 * 1250) == frame.selectExpr("count(*)", "sum(amount_minor)").first()
    assert 500 == frame.count() + rejects.count()
