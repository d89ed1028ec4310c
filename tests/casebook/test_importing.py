"""Records in the book: known again, edited, late, deleted, held by several sources; nothing lost and nothing doubled."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs
import polars as pl
import pytest
import sqlalchemy as sa
from moneyed import Money

from record_rows import table_of
from tieout import model
from tieout.casebook import Actor, Casebook, refs_of
from tieout.casebook.log import entries
from tieout.casebook.natural_keys import NATURAL_KEYS
from tieout.casebook.schema import entry, holding, holding_now, personal, record, record_now
from tieout.casebook.touching import Touched
from tieout.errors import CasebookError, StoreError
from tieout.model import BankTransaction, CourierCharge, Order, OrderLine, Provenance, SettlementLine
from tieout.model._record import changed
from tieout.privacy import PiiClass, Pseudonymizer
from tieout.tables import Table

KINDS = [getattr(model, name) for name in NATURAL_KEYS]


def order(number, paid="9.90", *, file="orders.csv", line=None, **fields):
    return Order(
        platform="taobao",
        shop_id="S1",
        platform_order_id=str(number),
        currency="CNY",
        goods_amount=Money(paid, "CNY"),
        provenance=Provenance(file=file, line=line or 1 + int(number)),
        **fields,
    )


def orders(*rows):
    return Table.from_records(rows, Order)


def counts(imported):
    return imported.added, imported.edited, imported.deleted, imported.same


def held(cases):
    """What holds now, by order number."""
    return {one.platform_order_id: str(one.goods_amount.amount) for one in cases.records(Order)}


def counted(cases, table):
    with cases.store.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def key_of(row):
    return refs_of(Table.from_records([row]))["key"].item()


def test_importing_the_same_file_twice_adds_nothing(cases, wang):
    table = orders(order(1), order(2))

    first = cases.import_records(table, actor=wang)
    versions = counted(cases, record)
    again = cases.import_records(table, actor=wang)

    assert counts(first) == (2, 0, 0, 0)
    assert counts(again) == (0, 0, 0, 2)
    assert again.changes.is_empty()
    assert counted(cases, record) == versions == 2
    assert counted(cases, holding) == 0
    assert counted(cases, entry) == 2, "the log tells that it was tried"
    assert cases.verify().holds
    assert str(first) == "2 rows: 2 added"
    assert str(again) == "2 rows: 0 added, 2 same"


def test_the_same_rows_in_another_order_and_another_place_are_known(cases, wang):
    cases.import_records(orders(order(1), order(2)), actor=wang)

    again = cases.import_records(orders(order(2, line=77), order(1, line=78)), actor=wang)

    assert counts(again) == (0, 0, 0, 2)


def test_an_edited_row_is_a_new_version_and_the_old_one_stays(cases, wang):
    cases.import_records(orders(order(1), order(2)), actor=wang)

    edited = cases.import_records(orders(order(1), order(2, "8.80")), actor=wang)

    assert counts(edited) == (0, 1, 0, 1)
    assert edited.changes.rows() == [("Order", key_of(order(2)), "edited")]
    assert held(cases) == {"1": "9.90", "2": "8.80"}
    assert counted(cases, record) == 3
    assert cases.verify().holds


def test_a_late_row_is_added_and_touches_nothing_else(cases, wang):
    cases.import_records(orders(order(1)), actor=wang)

    late = cases.import_records(orders(order(1), order(2)), actor=wang)

    assert late.changes.rows() == [("Order", key_of(order(2)), "added")]


def test_a_row_that_is_gone_is_deleted_only_where_the_table_is_complete(cases, wang):
    cases.import_records(orders(order(1), order(2)), actor=wang)

    part = cases.import_records(orders(order(1)), actor=wang)
    whole = cases.import_records(orders(order(1)), actor=wang, complete=True)
    again = cases.import_records(orders(order(1)), actor=wang, complete=True)

    assert (part.deleted, whole.deleted, again.deleted) == (0, 1, 0)
    assert whole.changes.rows() == [("Order", key_of(order(2)), "deleted")]
    assert held(cases) == {"1": "9.90"}
    assert cases.verify().holds


def test_a_deleted_record_comes_back(cases, wang):
    for rows in ([order(1), order(2)], [order(1)]):
        cases.import_records(orders(*rows), actor=wang, complete=True)

    back = cases.import_records(orders(order(1), order(2)), actor=wang, complete=True)

    assert counts(back) == (1, 0, 0, 1)
    assert held(cases) == {"1": "9.90", "2": "9.90"}
    with cases.store.reading() as connection:
        said = connection.scalars(
            sa.select(record.c.change).where(record.c.key == key_of(order(2))).order_by(record.c.id)
        )
        assert list(said) == ["added", "deleted", "added"]
    assert cases.verify().holds


def test_an_empty_table_that_is_complete_deletes_all_of_its_source(cases, wang):
    cases.import_records(orders(order(1), order(2)), actor=wang, source="shop S1")
    cases.import_records(orders(order(3)), actor=wang, source="shop S2")

    gone = cases.import_records(orders(), actor=wang, source="shop S1", complete=True)

    assert gone.deleted == 2
    assert held(cases) == {"3": "9.90"}


def test_a_record_lives_as_long_as_one_source_holds_it(cases, wang):
    cases.import_records(orders(order(1), order(2)), actor=wang, source="week 1")
    overlap = cases.import_records(orders(order(2), order(3)), actor=wang, source="week 2")

    first = cases.import_records(orders(order(1)), actor=wang, source="week 1", complete=True)
    second = cases.import_records(orders(order(3)), actor=wang, source="week 2", complete=True)

    assert counts(overlap) == (1, 0, 0, 1)
    assert counts(first) == (0, 0, 0, 1)
    assert second.changes.rows() == [("Order", key_of(order(2)), "deleted")]
    assert held(cases) == {"1": "9.90", "3": "9.90"}
    assert counted(cases, holding_now) == 0
    assert cases.verify().holds


@pytest.mark.parametrize("first_is_gone", [True, False])
def test_a_record_moves_from_a_source_to_another(cases, wang, first_is_gone):
    cases.import_records(orders(order(1)), actor=wang, source="a")
    steps = [([], "a", True), ([order(1)], "b", False)]
    for rows, source, complete in steps if first_is_gone else reversed(steps):
        cases.import_records(orders(*rows), actor=wang, source=source, complete=complete)

    assert held(cases) == {"1": "9.90"}
    assert cases.import_records(orders(), actor=wang, source="a", complete=True).deleted == 0
    assert cases.import_records(orders(), actor=wang, source="b", complete=True).deleted == 1
    assert cases.verify().holds


def test_what_was_said_last_holds_and_the_older_file_read_again_says_nothing_new(cases, wang):
    cases.import_records(orders(order(1, "1.00")), actor=wang, source="week 1")
    newer = cases.import_records(orders(order(1, "2.00")), actor=wang, source="week 2")

    older = cases.import_records(orders(order(1, "1.00")), actor=wang, source="week 1")

    assert counts(newer) == (0, 1, 0, 0)
    assert counts(older) == (0, 0, 0, 1)
    assert held(cases) == {"1": "2.00"}
    assert cases.import_records(orders(order(1, "3.00")), actor=wang, source="week 1").edited == 1
    assert held(cases) == {"1": "3.00"}
    assert cases.verify().holds


def test_a_record_goes_back_to_what_the_other_source_says_when_the_last_one_gives_it_up(cases, wang):
    for paid, source in (("1.00", "a"), ("2.00", "b"), ("3.00", "c")):
        cases.import_records(orders(order(1, paid)), actor=wang, source=source)

    back = cases.import_records(orders(), actor=wang, source="c", complete=True)

    assert back.changes.rows() == [("Order", key_of(order(1)), "edited")]
    assert held(cases) == {"1": "2.00"}
    assert cases.import_records(orders(), actor=wang, source="b", complete=True).edited == 1
    assert held(cases) == {"1": "1.00"}
    assert cases.import_records(orders(), actor=wang, source="a", complete=True).deleted == 1
    assert cases.verify().holds


def test_files_of_one_table_are_sources_of_their_own(cases, wang):
    both = orders(order(1, file="a.csv"), order(2, file="a.csv"), order(2, file="b.csv"))
    imported = cases.import_records(both, actor=wang, complete=True)
    assert counts(imported) == (2, 0, 0, 0)

    cases.import_records(orders(order(1, file="a.csv")), actor=wang, complete=True)
    assert held(cases) == {"1": "9.90", "2": "9.90"}

    moved = cases.import_records(orders(order(2, file="a.csv"), order(1, file="b.csv")), actor=wang, complete=True)
    assert moved.changes.is_empty()
    assert held(cases) == {"1": "9.90", "2": "9.90"}
    assert counted(cases, holding_now) == 0
    assert cases.verify().holds


def test_a_row_that_moves_to_another_file_and_is_edited_on_the_way_is_edited_once(cases, wang):
    cases.import_records(orders(order(1, file="a.csv"), order(2, file="a.csv")), actor=wang)

    moved = orders(order(1, file="a.csv"), order(2, "2.00", file="b.csv"))

    assert counts(cases.import_records(moved, actor=wang, complete=True)) == (0, 1, 0, 1)
    assert held(cases) == {"1": "9.90", "2": "2.00"}
    assert cases.verify().holds


def test_a_record_that_both_its_files_give_up_at_once_is_deleted(cases, wang):
    both = [order(number, file=file) for file in ("a.csv", "b.csv") for number in (1, 2)]
    cases.import_records(orders(*both), actor=wang)

    gone = cases.import_records(orders(order(1, file="a.csv"), order(1, file="b.csv")), actor=wang, complete=True)

    assert gone.deleted == 1
    assert held(cases) == {"1": "9.90"}
    assert cases.verify().holds


def test_a_day_at_a_time_is_a_month_at_once(tmp_path, wang, clock):
    days = [[charge(day, number) for number in range(3)] for day in range(1, 6)]
    found = []
    for name, parts in (("days", days), ("month", [[one for rows in days for one in rows]])):
        with Casebook(f"sqlite:///{tmp_path / name}.db", clock=clock) as cases:
            for rows in parts:
                cases.import_records(Table.from_records(rows), actor=wang)
            found.append(sorted(refs_of(cases.records(CourierCharge)).select("key", "hash").rows()))

    assert found[0] == found[1]
    assert len(found[0]) == 15


def charge(day, number):
    return CourierCharge(
        carrier="zto",
        bill_no="B1",
        tracking_no=f"73{number}",
        charge_type="base",
        ship_date=date(2026, 10, day),
        amount=Money(3 + number, "CNY"),
        provenance=Provenance(file=f"{day}.csv", line=number + 2),
    )


def test_rows_twice_with_one_number_are_kept_for_a_reconciliation_to_tell(cases, wang):
    rows = [order(1, line=2), order(1, line=9), order(2, "1.00", line=3), order(2, "2.00", line=4)]
    imported = cases.import_records(orders(*rows), actor=wang)

    assert (imported.added, imported.repeated) == (4, 0)
    assert cases.records(Order).to_polars().height == 4
    assert counts(cases.import_records(orders(*reversed(rows)), actor=wang)) == (0, 0, 0, 4)


def test_rows_twice_with_a_number_that_is_said_to_be_unique_are_one_record_and_told(cases, wang):
    imported = cases.import_records(
        orders(order(1, line=2), order(1, line=9), order(2)), actor=wang, key=["platform_order_id"]
    )

    assert (imported.added, imported.repeated) == (2, 1)
    assert str(imported) == "3 rows: 2 added, 1 repeated"


def test_lines_of_money_that_say_the_same_are_as_many_as_they_are(cases, wang):
    line = BankTransaction(account="*1", booked_on=date(2026, 10, 1), amount=Money(-5, "CNY"))

    assert cases.import_records(Table.from_records([line, line]), actor=wang).added == 2
    assert counts(cases.import_records(Table.from_records([line, line]), actor=wang)) == (0, 0, 0, 2)
    assert cases.import_records(Table.from_records([line] * 3), actor=wang).added == 1


def test_rows_of_one_number_that_contradict_each_other_are_refused_with_their_places(cases, wang):
    rows = [order(1), order(2, "1.00", line=3), order(2, "2.00", file="late.csv", line=8), order(4)]

    with pytest.raises(
        CasebookError, match=r"Order: rows of one name say different things: orders\.csv:3 against late\.csv:8"
    ):
        cases.import_records(orders(*rows), actor=wang)

    assert counted(cases, record) == counted(cases, entry) == 0


def test_an_import_that_fails_leaves_nothing(cases, wang, monkeypatch):
    def fail(*_args):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(type(cases), "_touched", fail)

    with pytest.raises(RuntimeError, match="in the middle"):
        cases.import_records(orders(order(1)), actor=wang)

    assert [counted(cases, table) for table in (record, record_now, entry)] == [0, 0, 0]
    assert cases.verify().holds


def test_what_changed_is_handed_on_within_the_transaction(cases, wang, monkeypatch):
    told = []
    touched = Touched(cases=("c1",))
    monkeypatch.setattr(type(cases), "_touched", lambda _self, _in, *given: told.append(given) or touched)

    first = cases.import_records(orders(order(1)), actor=wang)
    again = cases.import_records(orders(order(1)), actor=wang)

    ((refs, actor),) = told
    assert refs.rows() == [("Order", key_of(order(1)), "added")]
    assert actor is wang
    assert (first.reopened, again.reopened) == (touched, Touched())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_read_back_is_exactly_what_was_imported(tmp_path, kind, wang, clock):
    table = table_of(kind, seed=11, count=25)
    table = Table(table.to_polars().with_columns(source_line=pl.int_range(1, 26), source_file=pl.lit("f")), kind)
    refs = refs_of(table)
    table = Table(table.to_polars().filter(refs["key"].is_first_distinct()), kind)
    with Casebook(f"sqlite:///{tmp_path / 'books.db'}", clock=clock) as cases:
        cases.import_records(table, actor=wang, keep_personal=True)

        back = cases.records(kind)

        assert spoken(back) == spoken(table)
        assert refs_of(back).equals(refs_of(table))
        assert counts(cases.import_records(back, actor=wang, keep_personal=True))[:3] == (0, 0, 0)
        assert cases.verify().holds


def spoken(table):
    """Rows of a table, mappings by what they map."""
    return [repr(tidy(row)) for row in table.to_polars().to_dicts()]


def tidy(value):
    match value:
        case dict():
            return {key: tidy(item) for key, item in value.items()}
        case list():
            return [tidy(item) for item in value]
        case str() if value.startswith("{"):
            return {key: item for key, item in sorted(json.loads(value).items()) if item is not None} or None
        case datetime():
            return value.astimezone(UTC)
        case _:
            return value


def test_records_come_back_whole_on_both_stores(cases, wang):
    line = OrderLine(quantity=Decimal("1.5"), unit_price=Money("0.01", "CNY"), title="'; DROP TABLE record; --\x00\"")
    row = order(1, created_at=datetime(2026, 10, 1, 8, tzinfo=UTC), lines=[line, line], tax_included=False)

    cases.import_records(orders(row), actor=wang)

    assert list(cases.records(Order)) == [row]


def test_what_may_tell_of_a_person_is_dropped_unless_it_is_asked_for(cases, wang):
    line = BankTransaction(
        account="*1",
        booked_on=date(2026, 10, 1),
        amount=Money(5, "CNY"),
        counterparty="王*",
        memo="refund",
        raw={"a": "b"},
    )
    bare = changed(line, counterparty=None, memo=None, raw={})

    cases.import_records(Table.from_records([line]), actor=wang)

    assert list(cases.records(BankTransaction)) == [bare]
    assert counted(cases, personal) == 0
    assert counts(cases.import_records(Table.from_records([line]), actor=wang)) == (0, 0, 0, 1)
    edited = cases.import_records(Table.from_records([changed(line, memo="fee")]), actor=wang)
    assert edited.edited == 1, "what is dropped counts all the same"


def test_bank_lines_of_a_person_are_forgotten_by_their_account_or_where_there_is_none_by_their_name(cases, wang):
    line = BankTransaction(account="*1", booked_on=date(2026, 10, 1), amount=Money(5, "CNY"), memo="refund")
    lines = [
        changed(line, bank_ref="1", counterparty="王小明", counterparty_account="6222000011112222"),
        changed(line, bank_ref="2", counterparty="王小明"),
        changed(line, bank_ref="3", counterparty="李四", counterparty_account="6222 0000 3333 4444"),
    ]
    names = Pseudonymizer(key="an example key of enough bytes")
    cases.import_records(Table.from_records(lines), actor=wang, keep_personal=names)
    assert list(cases.records(BankTransaction)) == lines

    root = Actor("root", roles=["admin"])
    for pseudonym in (names.token("6222000011112222", PiiClass.BANK_ACCOUNT), names.token("王小明", PiiClass.NAME)):
        assert len(cases.forget(pseudonym, actor=root, reason="request 12").records) == 1

    assert [one.counterparty for one in cases.records(BankTransaction)] == [None, None, "李四"]
    edited = [changed(one, balance_after=Money(9, "CNY")) for one in lines]
    cases.import_records(Table.from_records(edited), actor=wang, keep_personal=names)
    assert [one.counterparty for one in cases.records(BankTransaction)] == [None, None, "李四"]
    assert cases.verify().holds


def test_what_is_personal_can_be_deleted_and_the_record_is_known_again(cases, wang):
    row = order(1, buyer_ref="p-7", raw={"买家": "x"}, lines=[OrderLine(quantity=Decimal(1), raw={"备注": "y"})])
    cases.import_records(orders(row), actor=wang, keep_personal=True)
    assert list(cases.records(Order)) == [row]

    with cases.store.reading() as connection:
        kept = connection.execute(sa.select(personal.c.pseudonym, personal.c.fields)).one()
    cases.forget("p-7", actor=Actor("root", roles=["admin"]), reason="request 12")

    assert kept.pseudonym == "p-7"
    assert "买家" in kept.fields
    bare = changed(row, buyer_ref=None, raw={}, lines=[OrderLine(quantity=Decimal(1))])
    assert list(cases.records(Order)) == [bare]
    assert counts(cases.import_records(orders(row), actor=wang, keep_personal=True)) == (0, 0, 0, 1)
    edited = changed(row, is_cod=True)
    assert counts(cases.import_records(orders(edited), actor=wang, keep_personal=True)) == (0, 1, 0, 0)
    assert list(cases.records(Order)) == [changed(bare, is_cod=True)], "what was forgotten does not come back"
    assert cases.verify().holds


def test_a_record_with_nothing_personal_has_no_row_apart(cases, wang):
    row = order(1, lines=[OrderLine(quantity=Decimal(1))])

    cases.import_records(orders(row), actor=wang, keep_personal=True)

    assert counted(cases, personal) == 0
    assert list(cases.records(Order)) == [row]


def test_a_version_that_comes_back_brings_what_was_kept_of_a_person(cases, wang):
    first = order(1, "1.00", buyer_ref="p-7")
    cases.import_records(orders(first), actor=wang, source="a", keep_personal=True)
    cases.import_records(orders(order(1, "2.00", buyer_ref="p-7")), actor=wang, source="b")

    cases.import_records(orders(), actor=wang, source="b", complete=True)

    assert list(cases.records(Order)) == [first]


def tampered(cases, *statements):
    with cases.store.engine.connect() as connection:
        connection.commit()
        for name in ("record", "holding"):
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"DROP TRIGGER {name}_is_not_changed")
                connection.exec_driver_sql(f"DROP TRIGGER {name}_is_not_deleted")
            else:
                connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER ALL")
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE record SET payload = '{}' WHERE id = 1", "version 1 of Order"),
        ("UPDATE record SET payload = '{}', payload_hash = hash WHERE id = 1", "records of entry 1"),
        ("UPDATE record SET hash = payload_hash WHERE id = 2", "records of entry 1"),
        ("UPDATE record SET source = 'x' WHERE id = 2", "records of entry 1"),
        ("UPDATE record SET change = 'edited' WHERE id = 2", "records of entry 1"),
        ("DELETE FROM record WHERE id = 3", "records of entry 2"),
        ("DELETE FROM holding WHERE id = 1", "records of entry 2"),
        ("UPDATE record SET seq = 9 WHERE id = 3", "version 3 of Order"),
        ("DELETE FROM record_now WHERE source = 'week 1'", "record_now Order"),
        ("UPDATE record_now SET hash = 'x'", "record_now Order"),
    ],
)
def test_verifying_finds_a_version_that_was_touched(cases, wang, statement, where):
    cases.import_records(orders(order(1), order(2)), actor=wang, source="week 1")
    cases.import_records(orders(order(2), order(3)), actor=wang, source="week 2")
    assert cases.verify().holds

    tampered(cases, statement)

    assert any(where in str(fault) for fault in cases.verify().faults)


def test_the_database_refuses_to_change_a_version(cases, wang):
    cases.import_records(orders(order(1)), actor=wang)

    for statement in (sa.update(record).values(payload="{}"), sa.delete(record)):
        with pytest.raises(StoreError, match="was to be changed or deleted"), cases.store.writing() as connection:
            connection.execute(statement)


def test_the_log_says_what_was_imported_and_masks_what_a_person_wrote(cases, wang):
    cases.import_records(orders(order(1)), actor=wang, reason="again for 13800005678")

    with cases.store.reading() as connection:
        (one,) = entries(connection, kinds=["import"])
    assert one.reason == "again for 138****5678"
    assert {name: one.body[name] for name in ("kind", "sources", "added", "rows")} == {
        "kind": "Order",
        "sources": ["orders.csv"],
        "added": 1,
        "rows": 1,
    }


@attrs.frozen
class File:
    """The facts of a file, as a batch has them."""

    file: str = "bill.csv"
    sha256: str = "ab" * 32
    size_bytes: int = 70


@attrs.frozen
class Batch:
    """As `tieout.read` gives one."""

    records: Table
    others: dict
    source: File = File()
    format: str = "zto"


def test_a_batch_brings_all_its_tables_and_says_of_which_file(cases, wang):
    line = SettlementLine(type="sale", amount=Money(1, "CNY"))
    batch = Batch(Table.from_records([charge(1, 0)]), {"SettlementLine": Table.from_records([line])})

    imported = cases.import_records(batch, actor=wang)

    assert (imported.added, imported.entries) == (2, (1, 2))
    with cases.store.reading() as connection:
        first, second = entries(connection)
    assert (first.body["kind"], second.body["kind"]) == ("CourierCharge", "SettlementLine")
    assert (first.body["sha256"], first.body["size"], first.body["format"]) == ("ab" * 32, 70, "zto")
    assert second.body["sources"] == ["bill.csv"], "lines without a place are of the batch's file"


@attrs.frozen(kw_only=True)
class Ticket:
    """A record of somebody else."""

    number: str
    text: str | None = None


def test_records_of_somebody_elses_class_are_kept_by_the_columns_that_name_them(cases, wang):
    table = Table.from_records([Ticket(number="1", text="a")])

    with pytest.raises(CasebookError, match="no natural key"):
        cases.import_records(table, actor=wang)
    cases.import_records(table, actor=wang, key=["number"])

    assert list(cases.records(Ticket)) == [Ticket(number="1", text="a")]
    assert cases.import_records(Table.from_records([Ticket(number="1")]), actor=wang, key=["number"]).edited == 1


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"table": [1]}, "a Table or a batch of tieout.read is needed, got list"),
        ({"actor": "wang"}, "somebody has to do it"),
        ({"source": " "}, "source: a name is needed"),
        ({"source": "a\x00"}, "source: a name is needed"),
        (
            {"table": Table.from_records([changed(order(1), provenance=None)]), "complete": True},
            "source: rows without a file",
        ),
        ({"table": orders(), "complete": True}, "source: an empty table has no file"),
    ],
)
def test_what_cannot_be_imported_is_refused_before_anything_is_written(cases, wang, given, problem):
    with pytest.raises(CasebookError, match=problem):
        cases.import_records(**{"table": orders(order(1)), "actor": wang, **given})

    assert counted(cases, entry) == 0


def test_records_without_a_file_are_of_one_source(cases, wang):
    cases.import_records(orders(changed(order(1), provenance=None)), actor=wang)

    with cases.store.reading() as connection:
        assert connection.scalar(sa.select(record_now.c.source)) == "records"


def test_a_class_that_the_book_has_none_of_is_an_empty_table(cases):
    assert len(cases.records(Order)) == 0


def test_more_rows_than_are_asked_for_one_by_one_are_known_again(cases, wang, monkeypatch):
    monkeypatch.setattr("tieout.casebook.importing._ASK_ROWS", 3)
    monkeypatch.setattr("tieout.casebook.importing._STEP_ROWS", 2)
    table = orders(*(order(number) for number in range(1, 8)))

    assert cases.import_records(table, actor=wang).added == 7
    assert cases.import_records(table, actor=wang).same == 7
    assert [one.platform_order_id for one in cases.records(Order)] == list("1234567")
    assert cases.verify().holds
