"""Names of records and hashes of what they say: the same for the same thing, wherever and whenever it is read."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from record_rows import table_of
from tieout import model
from tieout.casebook import NaturalKey, RecordRef, refs_of
from tieout.casebook.canonical import moment_text
from tieout.casebook.natural_keys import NATURAL_KEYS
from tieout.errors import CasebookError
from tieout.model import (
    BankTransaction,
    CourierCharge,
    CourierInvoice,
    LedgerLine,
    Order,
    OrderLine,
    Provenance,
    SettlementLine,
    Shipment,
    Voucher,
)
from tieout.model._record import changed
from tieout.model.provenance import SourceRecord
from tieout.tables import Table, schema_of
from tieout.tables._schema import record_schema

KINDS = [getattr(model, name) for name in NATURAL_KEYS]
PAID = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
ORDER = Order(
    platform="taobao",
    shop_id="S1",
    platform_order_id="1001",
    currency="CNY",
    created_at=PAID,
    goods_amount=Money("19.90", "CNY"),
    lines=(OrderLine(quantity=Decimal("2.50"), title='红"茶\\\n', unit_price=Money("7.96", "CNY")),),
    provenance=Provenance(file="orders.csv", line=2),
    raw={"备注": "x"},
)
CHARGE = CourierCharge(
    carrier="zto",
    bill_no="B1",
    tracking_no="7312",
    charge_type="base",
    ship_date=date(2026, 10, 3),
    billed_weight_g=Decimal("1500.5"),
    amount=Money("3.20", "CNY"),
    provenance=Provenance(file="bill.csv", line=9),
)
LINE = BankTransaction(account="*1234", booked_on=date(2026, 10, 9), amount=Money("-5", "JPY"), memo="fee")
JOURNAL = LedgerLine(
    voucher_id="记-1",
    line_no=1,
    date=date(2026, 10, 31),
    account="1002",
    amount=Money("0.001", "KWD"),
    aux={"shop": "S1", "a": ""},
)


def refs(*rows, key=None):
    return refs_of(Table.from_records(rows), key=key)


def named(*rows):
    return refs(*rows)["key"].to_list()


def said(*rows):
    return refs(*rows)["hash"].to_list()


def of_file(row, file, line):
    return changed(row, provenance=Provenance(file=file, line=line))


@pytest.mark.parametrize(
    ("row", "key", "text"),
    [
        (
            ORDER,
            '["Order",{"platform":"taobao","platform_order_id":"1001","shop_id":"S1"},1]',
            (
                '{"created_at":"2026-10-31T16:00:00.000000Z","currency":"CNY","goods_amount_minor":1990,'
                '"lines":[{"currency":"CNY","quantity":"2.5","title":"红\\"茶\\\\\\n","unit_price_minor":796}],'
                '"platform":"taobao","platform_order_id":"1001","shop_id":"S1"}'
            ),
        ),
        (
            CHARGE,
            (
                '["CourierCharge",{"bill_no":"B1","carrier":"zto","charge_type":"base","currency":"CNY","leg":"outbound",'
                '"ship_date":"2026-10-03","tracking_no":"7312"},1]'
            ),
            (
                '{"amount_minor":320,"bill_no":"B1","billed_weight_g":"1500.5","carrier":"zto","charge_type":"base",'
                '"currency":"CNY","ship_date":"2026-10-03","tracking_no":"7312"}'
            ),
        ),
        (
            LINE,
            '["BankTransaction",{"account":"*1234","amount_minor":-5,"booked_on":"2026-10-09","currency":"JPY"},1]',
            '{"account":"*1234","amount_minor":-5,"booked_on":"2026-10-09","currency":"JPY","memo":"fee"}',
        ),
        (
            JOURNAL,
            '["LedgerLine",{"line_no":1,"voucher_id":"记-1"},1]',
            (
                '{"account":"1002","amount_minor":1,"aux":"{\\"a\\":\\"\\",\\"shop\\":\\"S1\\"}","currency":"KWD",'
                '"date":"2026-10-31","line_no":1,"voucher_id":"记-1"}'
            ),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_key_and_a_hash_are_those_of_texts_that_anybody_can_write(row, key, text):
    found = refs(row)

    assert found.to_dicts() == [
        {
            "row": 0,
            "key": hashlib.sha256(key.encode()).hexdigest()[:32],
            "hash": hashlib.sha256(text.encode()).hexdigest(),
        }
    ]


def test_keys_and_hashes_never_change():
    assert named(ORDER) == ["dfac61dbe238ee38e243f8f3d4bd60d9"]
    assert [one[:16] for row in (ORDER, CHARGE, LINE, JOURNAL) for one in said(row)] == [
        "1910221f9f14562d",
        "782513a2c59618db",
        "baf28166fb7dc142",
        "5a568dc5f52e63c2",
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_hash_is_that_of_the_rows_json_written_by_python(kind):
    table = table_of(kind, seed=1, count=30)

    expected = [written(plain(row, record_schema(kind))) for row in table.to_polars().to_dicts()]

    assert refs_of(table)["hash"].to_list() == [hashlib.sha256(text.encode()).hexdigest() for text in expected]


def written(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(row, schema):
    """A row as JSON takes it, without nulls, defaults and places."""
    default = {column.name: column.default for column in schema.columns}
    inner = {part.field: part.inner for part in schema.parts if hasattr(part, "inner")}
    found = {}
    for name, cell in row.items():
        if cell in (None, [], default[name]) or name.startswith("source_") or name == "raw":
            continue
        if name in inner:
            found[name] = [plain(item, inner[name]) for item in cell]
        elif name == "aux":
            pairs = {key: value for key, value in json.loads(cell).items() if value is not None}
            found.update({name: written(pairs)} if pairs else {})
        else:
            found[name] = scalar(cell)
    return found


def scalar(cell):
    match cell:
        case Decimal():
            return "0" if not cell else f"{cell:f}".rstrip("0").rstrip(".")
        case datetime():
            return moment_text(cell)
        case date():
            return cell.isoformat()
        case _:
            return cell


def test_the_same_row_of_two_files_has_one_name_and_one_hash():
    first, second = of_file(CHARGE, "october.csv", 9), of_file(CHARGE, "all.xlsx", 70)

    found = refs(first, second)

    assert found["key"].n_unique() == 1
    assert found["hash"].n_unique() == 1


def test_where_a_row_stands_and_what_no_field_holds_are_not_what_it_says():
    bare = changed(ORDER, provenance=None, raw={})
    inner = changed(ORDER, lines=[changed(ORDER.lines[0], provenance=Provenance(line=3), raw={"a": "b"})])

    assert len(set(said(ORDER, bare, inner))) == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_counts_but_for_where_it_stands(kind):
    table = table_of(kind, seed=2, count=10)
    schema, frame = record_schema(kind), table.to_polars()
    rows = frame.to_dicts()
    said_by = [plain(row, schema) for row in rows]
    own = refs_of(table)["hash"]
    shifted = [frame.with_columns(frame[name].shift(1)) for name in frame.columns]
    hashes = refs_of(Table(pl.concat(shifted), kind))["hash"]
    for number, name in enumerate(frame.columns):
        mixed = hashes[number * len(rows) : (number + 1) * len(rows)]
        for at in range(1, len(rows)):
            says_the_same = plain({**rows[at], name: rows[at - 1][name]}, schema) == said_by[at]
            assert (mixed[at] == own[at]) == says_the_same, name
            if name.startswith("source_") or name == "raw":
                assert mixed[at] == own[at]


def test_a_field_that_holds_its_default_says_no_more_than_one_that_was_never_there():
    assert said(changed(ORDER, tax_included=True)) == said(ORDER)
    assert said(changed(ORDER, tax_included=False)) != said(ORDER)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if "shop_id" in schema_of(kind)], ids=lambda kind: kind.__name__
)
def test_different_shops_and_different_books_never_share_a_name(kind):
    frame = table_of(kind, seed=3, count=20).to_polars()
    names = [name for name in ("shop_id", "platform", "book_id") if name in frame.columns]
    others = [frame.with_columns(pl.lit(value).alias(name)) for name in names for value in ("A", "B")]

    for one, other in zip(others[::2], others[1::2], strict=True):
        keys = [set(refs_of(Table(part, kind))["key"]) for part in (one, other)]
        assert keys[0].isdisjoint(keys[1])


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_order_of_a_file_does_not_matter(data):
    charges = st.sampled_from(["3.20", "3.20", "4.10", "-3.20"]).map(
        lambda text: changed(CHARGE, amount=Money(text, "CNY"))
    )
    rows = data.draw(st.lists(charges, max_size=8))
    other = data.draw(st.permutations(rows))

    def pairs(found):
        return sorted(refs_of(Table.from_records(found, CourierCharge)).select("key", "hash").rows())

    assert pairs(rows) == pairs(other)


def test_rows_that_are_named_alike_are_numbered_within_their_file():
    rows = [of_file(CHARGE, file, line) for file, line in (("a", 1), ("a", 2), ("b", 1))]

    first, second, third = named(*rows)

    assert first != second
    assert first == third, "the first of another file is the same charge"


def test_an_edited_amount_keeps_the_name_of_a_charge_that_stands_on_a_numbered_bill():
    edited = changed(CHARGE, amount=Money("9.90", "CNY"))

    assert named(CHARGE) == named(edited)
    assert said(CHARGE) != said(edited)


def test_a_bill_without_a_number_saved_again_says_the_same():
    saved = [Provenance(file="bill.csv", sha256=digit * 64, line=9) for digit in "ab"]
    charges = [changed(CHARGE, bill_no=digit * 16, provenance=place) for digit, place in zip("ab", saved, strict=True)]
    bills = [
        CourierInvoice(carrier="zto", bill_no=d * 16, currency="CNY", provenance=p)
        for d, p in zip("ab", saved, strict=True)
    ]

    for rows in (charges, bills):
        assert len(set(named(*rows))) == 1
        assert len(set(said(*rows))) == 1


def test_charges_of_bills_without_a_number_are_told_apart_by_their_amounts():
    place = Provenance(file="bill.csv", sha256="a" * 64, line=9)
    charge = changed(CHARGE, bill_no="a" * 16, provenance=place)
    credit = changed(charge, amount=Money("-3.20", "CNY"), provenance=changed(place, file="credit.csv"))

    assert len(set(named(charge, credit))) == 2, "or the credit would replace the charge"


def test_lines_of_a_statement_without_a_number_are_told_apart_by_what_they_move():
    lines = [LINE, changed(LINE, amount=Money(-6, "JPY")), changed(LINE, balance_after=Money(100, "JPY")), LINE]

    assert len(set(named(*lines))) == 4
    assert named(LINE) == named(changed(LINE, memo="another"))


def test_a_parcel_that_comes_back_under_its_own_number_is_another_record():
    out = Shipment(carrier="zto", tracking_no="7312")

    assert len(set(named(out, changed(out, direction="return")))) == 2


def test_movements_of_one_order_on_two_days_are_two():
    line = SettlementLine(platform="tiktok", shop_id="S1", line_id="577", type="sale", amount=Money(1, "USD"))
    days = [datetime(2026, 10, day, tzinfo=UTC) for day in (1, 2)]

    assert len(set(named(*(changed(line, posted_at=day) for day in days)))) == 2


def test_names_of_many_rows_are_those_of_each():
    count = 100_003  # more than are written at once
    numbers = pl.select(pl.format("{}", pl.int_range(count)).alias("platform_order_id")).to_series()
    frame = pl.DataFrame({"platform_order_id": numbers}).with_columns(platform=pl.lit("jd"), currency=pl.lit("CNY"))

    found = refs_of(Table.from_frame(frame, Order))

    assert found["row"].to_list() == list(range(count))
    assert found["key"].n_unique() == count
    last = Order(platform="jd", platform_order_id=str(count - 1), currency="CNY")
    assert found.row(-1)[1:] == refs(last).row(0)[1:]


def test_no_rows_have_no_refs():
    assert refs_of(Table.from_records([], Order)).schema == refs(ORDER).schema


def test_every_class_that_comes_from_a_source_has_a_natural_key():
    exported = (getattr(model, name) for name in model.__all__)
    kinds = {kind.__name__ for kind in exported if isinstance(kind, type) and issubclass(kind, SourceRecord)} - {
        "SourceRecord"
    }

    assert kinds == set(NATURAL_KEYS)
    for kind in KINDS:
        assert set(NATURAL_KEYS[kind.__name__].columns) <= set(schema_of(kind))


@attrs.frozen(kw_only=True)
class Coupon:
    """A record of somebody else."""

    code: str
    shop: str | None = None


@attrs.frozen(kw_only=True)
class Ticket:
    """One that says its own name."""

    natural_key = ("number",)
    number: str
    text: str


def test_a_class_of_somebody_else_is_named_by_the_columns_it_says():
    rows = [Coupon(code="A", shop="1"), Coupon(code="A", shop="2")]

    assert refs(*rows, key=["code", "shop"])["key"].n_unique() == 2
    assert refs(*rows, key=NaturalKey(ids=(("code",),), is_unique=True))["key"].n_unique() == 1
    assert len(set(named(Ticket(number="1", text="a"), Ticket(number="1", text="b")))) == 1


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (None, "no natural key is known"),
        (["colour"], "its natural key names colour"),
        ([], "names no column at all"),
        ("code", "columns such as"),
        (7, "columns such as"),
    ],
)
def test_a_class_whose_key_nobody_says_is_refused(key, problem):
    with pytest.raises(CasebookError, match=problem):
        refs(Coupon(code="A"), key=key)


def test_our_own_classes_without_a_source_have_no_name():
    with pytest.raises(CasebookError, match="Voucher: no natural key is known"):
        refs_of(Table.from_records([], Voucher))


def test_only_tables_are_taken():
    with pytest.raises(CasebookError, match="a Table of records is needed, got list"):
        refs_of([ORDER])


def test_a_ref_sorts_by_kind_and_key():
    assert sorted([RecordRef("b", "1"), RecordRef("a", "2")]) == [RecordRef("a", "2"), RecordRef("b", "1")]
