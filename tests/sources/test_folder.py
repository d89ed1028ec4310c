"""Folders: every file is read or refused, what several files have counts once, and what is missing is told."""

import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest
from moneyed import Money

import tieout
from tieout.errors import InputError
from tieout.model import Order, OrderLine, Payout, Provenance, Refund, SettlementLine
from tieout.sources._coverage import breaks_between, gaps_between
from tieout.sources._folder import files_in
from tieout.sources._merging import merge_tables, merged
from tieout.tables import Table

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
HEADER = "账务流水号,业务流水号,商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账户余额（元）,业务类型\n"
FIRST = "A00000000{0:02d},B1,S1,2026-05-{0:02d} 10:00:00,1.00,,{0}.00,交易付款\n"


def fund(first, last, *, less=()):
    return (HEADER + "".join(FIRST.format(day) for day in range(first, last + 1) if day not in less)).encode("gb18030")


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, data in files.items():
            (tmp_path / name.replace("__", ".")).write_bytes(data)
        return tmp_path

    return write


def test_files_that_overlap_are_merged_without_doubling(folder):
    found = tieout.read_folder(folder(a__csv=fund(1, 10), b__csv=fund(6, 15)))

    assert 15 == len(found.tables["SettlementLine"])
    assert 5 == len(found.twice)
    assert "SettlementLine platform=alipay, line_id=A0000000006 (b.csv:2) is the record of a.csv:7" == str(
        found.twice[0]
    )
    assert {"in the table": 15, "the same in another file": 5} == found.proof.checks[0].parts
    assert found.holds
    assert not found.gaps


def test_the_same_import_twice_changes_nothing(folder):
    found = tieout.read_folder(folder(a__csv=fund(1, 10), b__csv=fund(1, 10)))

    assert ([("b.csv", "a.csv")], 10, 1) == (
        [(one.file, one.same_as) for one in found.repeated_files],
        len(found.tables["SettlementLine"]),
        len(found.batches),
    )


def test_the_same_records_in_another_dress_change_nothing(folder):
    dressed = fund(1, 10).decode("gb18030").replace("2026-05-0", "2026/5/").replace(",1.00,,", ",1,0,").encode()

    found = tieout.read_folder(folder(a__csv=fund(1, 10), b__csv=dressed))

    assert (10, 10) == (len(found.tables["SettlementLine"]), len(found.twice))


def test_what_one_file_has_twice_stays_twice(folder):
    line = FIRST.format(1).encode("gb18030")
    twice = HEADER.encode("gb18030") + line + line.replace(b",1.00\xbd", b",2.00\xbd")

    found = tieout.read_folder(folder(a__csv=twice, b__csv=fund(1, 1)))

    assert 2 == len(found.tables["SettlementLine"])


def test_records_of_one_number_that_differ_are_kept_and_told(folder):
    other = fund(3, 5).replace(b",1.00,,", b",7.00,,", 1)

    found = tieout.read_folder(folder(a__csv=fund(1, 4), b__csv=other))

    assert 6 == len(found.tables["SettlementLine"])
    assert ["SettlementLine platform=alipay, line_id=A0000000003 (b.csv:2) contradicts a.csv:4"] == [
        str(one) for one in found.twice if one.is_conflict
    ]
    assert not found.holds


def test_days_that_no_file_covers_and_balances_that_break_are_told(folder):
    found = tieout.read_folder(folder(a__csv=fund(1, 5), b__csv=fund(9, 12), c__csv=fund(13, 14)))

    assert ["alipay_fund_detail: no record from 2026-05-06 to 2026-05-08, between a.csv and b.csv"] == [
        str(gap) for gap in found.gaps
    ]
    assert ["alipay_fund_detail: a.csv closes with 5.00 CNY, b.csv opens with 8.00 CNY: lines are missing between"] == [
        str(one) for one in found.breaks
    ]
    assert not found.holds


def moments(*rows):
    lines = (f"A{at},B1,S1,2026-{when}:00,1.00,,{balance}.00,交易付款\n" for at, when, balance in rows)
    return (HEADER + "".join(lines)).encode("gb18030")


MAY = moments((1, "05-01 10:00", 1), (2, "05-31 23:59", 2))


def test_a_balance_that_breaks_at_midnight_is_told():
    found = tieout.read_folder([MAY, moments((3, "06-01 00:05", 8), (4, "06-30 10:00", 9))])

    assert [(200, 700)] == [(one.closing_minor, one.opening_minor) for one in found.breaks]
    assert not found.gaps


def test_days_are_those_of_the_zone_in_which_the_file_writes():
    found = tieout.read_folder([MAY, moments((3, "06-02 00:05", 3), (4, "06-30 10:00", 4))])

    assert [(date(2026, 6, 1), date(2026, 6, 1))] == [(gap.first, gap.last) for gap in found.gaps]


def test_a_file_that_lies_within_another_breaks_no_balance(folder):
    found = tieout.read_folder(folder(a__csv=fund(1, 10), b__csv=fund(3, 5), c__csv=fund(11, 14)))
    broken = tieout.read_folder(folder(a__csv=fund(1, 10), b__csv=fund(3, 5), c__csv=fund(12, 14)))

    assert () == found.breaks
    assert [("a.csv", "c.csv")] == [(one.before, one.after) for one in broken.breaks]


def test_a_file_of_two_currencies_goes_on_where_one_of_one_ended():
    def line(day, currency):
        return SettlementLine(
            type="sale",
            posted_at=datetime(2026, 5, day, tzinfo=UTC),
            amount=Money(1, currency),
            provenance=Provenance(format="x", file=f"{day}", line=day),
        )

    def batch(*lines):
        file = SimpleNamespace(file=lines[0].provenance.file, timezone=None)
        control = SimpleNamespace(checks=())
        return SimpleNamespace(records=Table.from_records(lines), source=file, control=control, format="x")

    both, dollars, euros = batch(line(1, "USD"), line(2, "EUR")), batch(line(5, "USD")), batch(line(5, "EUR"))

    assert [(date(2026, 5, 3), date(2026, 5, 4))] == [(gap.first, gap.last) for gap in gaps_between([both, dollars])]
    assert [] == list(gaps_between([batch(line(1, "USD")), euros]))


def test_statements_of_an_account_go_on_in_the_next_file():
    first = read_statement(":60F:C260630EUR10,00", "260701", ":62F:C260701EUR15,00", number=1)
    second = read_statement(":60F:C260701EUR16,00", "260702", ":62F:C260702EUR21,00", number=2)

    assert [(1500, 1600)] == [(one.closing_minor, one.opening_minor) for one in breaks_between([first, second])]


def read_statement(opening, day, closing, *, number):
    lines = [
        *("{1:F01EXAMDEFFXXXX0000000000}{2:I940EXAMDEFFXXXXN}{4:", ":20:STARTUMS", ":25:10020030/0001234567"),
        *(
            f":28C:0000{number}/001",
            opening,
            f":61:{day}{day[2:]}CR5,00NTRFNONREF//BANK-{number}",
            ":86:x",
            closing,
            "-}",
        ),
    ]
    return tieout.read("\r\n".join([*lines, ""]).encode(), format="mt940")


def test_files_of_other_shops_are_other_chains(folder):
    path = folder(a__csv=fund(1, 5))
    shops = [(path / "a.csv", "one"), (fund(9, 12), "two")]
    batches = [tieout.read(source, constants={"shop_id": shop}) for source, shop in shops]

    assert ([], []) == (list(gaps_between(batches)), list(breaks_between(batches)))


def test_numbers_in_names_count_by_their_value(tmp_path):
    names = ["a1.csv", "orders.csv", "orders (9).csv", "orders (10).csv", "sub 2/x.csv", "sub 10/x.csv", "b.csv"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    found = [path.relative_to(tmp_path).as_posix() for path in files_in(tmp_path)]

    assert ["orders (9).csv", "orders (10).csv"] == [name for name in found if "(" in name]
    assert ["sub 2/x.csv", "sub 10/x.csv"] == [name for name in found if "sub" in name]
    assert sorted(names) == sorted(found)


def test_what_cannot_be_read_is_listed_with_its_cause(folder):
    path = folder(a__csv=fund(1, 2), b__pdf=b"%PDF-1.4", c__txt=b"hello, world\n", empty__csv=b"", __DS_Store=b"x")
    (path / "sub").mkdir()
    (path / "sub" / "d.csv").write_bytes(fund(3, 4))
    with zipfile.ZipFile(path / "e.zip", "w") as archive:
        archive.writestr("f.csv", fund(5, 6))
        archive.writestr("g.pdf", b"%PDF-1.4")

    found = tieout.read_folder(path)

    assert ["a.csv", "e.zip/f.csv", "sub/d.csv"] == [batch.source.file for batch in found.batches]
    assert [("b.pdf", "UnreadableFile"), ("c.txt", "UnidentifiedFile"), ("e.zip/g.pdf", "UnreadableFile")] == [
        (one.file, type(one.error).__name__) for one in found.refused if one.file != "empty.csv"
    ]
    assert 6 == len(found.tables["SettlementLine"])
    assert "3 files read, 4 refused" in repr(found)
    assert "b.pdf" in found._repr_html_()


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for shop, moved in (("one", fund(1, 2)), ("two", fund(2, 3))):
        (tmp_path / shop).mkdir()
        (tmp_path / shop / "05.csv").write_bytes(moved)
        (tmp_path / shop / "scan.csv").write_bytes(b"%PDF-1.4 of " + shop.encode())

    found = tieout.read_folder(tmp_path)

    assert ["one/05.csv", "two/05.csv"] == [batch.source.file for batch in found.batches]
    assert ["one/scan.csv", "two/scan.csv"] == [one.file for one in found.refused]
    assert {"two/05.csv"} == {one.place.partition(":")[0] for one in found.twice}
    assert found.tables["SettlementLine"][0].provenance.file == "one/05.csv"


def test_a_total_that_is_off_is_told_below_its_file(folder):
    off = (GOLDENS / "amazon_settlement_v1" / "no_promotions_off.txt").read_bytes()

    told = repr(tieout.read_folder(folder(a__txt=off, b__csv=fund(3, 4)))).splitlines()

    assert told[1].startswith("  a.txt: amazon_settlement_v1")
    assert told[2].startswith("    file: total-amount 90000000001: ")
    assert told[3].startswith("  b.csv: ")


def test_options_go_to_their_format_only(folder):
    found = tieout.read_folder(
        folder(a__csv=fund(1, 2)),
        options={"alipay_fund_detail": {"constants": {"shop_id": "s-1"}}, "sf_monthly_bill": {"bill_month": "2026-05"}},
    )

    assert {"s-1"} == {line.shop_id for line in found.tables["SettlementLine"]}
    with pytest.raises(InputError, match="no common option bill_month"):
        tieout.read_folder(folder(a__csv=fund(1, 2)), bill_month="2026-05")
    with pytest.raises(InputError, match="no such folder"):
        tieout.read_folder(folder() / "nowhere")


def test_a_list_of_sources_and_an_archive_are_read_too(folder, tmp_path):
    path = folder(a__csv=fund(1, 2))

    assert 4 == len(tieout.read_folder([path / "a.csv", fund(3, 4)]).tables["SettlementLine"])
    assert 2 == len(tieout.read_folder(path / "a.csv").tables["SettlementLine"])


def payout(number, status, line, file):
    return Payout(
        payout_id=number,
        platform="shopify",
        amount=Money(-10, "USD"),
        status=status,
        provenance=Provenance(format="x", file=file, line=line),
    )


def test_of_a_payout_the_state_in_the_last_file_stands():
    files = {
        "a": [payout("P1", "in_transit", 2, "a"), payout("P2", "paid", 3, "a")],
        "b": [payout("P1", "failed", 2, "b")],
        "c": [payout("P1", "in_transit", 2, "c"), payout("P3", "paid", 3, "c")],
    }
    batches = [SimpleNamespace(records=Table.from_records(records), others={}) for records in files.values()]

    tables, twice, checks = merged(batches)

    assert [("P2", "a", "paid"), ("P1", "c", "in_transit"), ("P3", "c", "paid")] == [
        (one.payout_id, one.provenance.file, one.status) for one in tables["Payout"]
    ]
    assert [
        "Payout platform=shopify, payout_id=P1 (a:2) is the record of c:2",
        "Payout platform=shopify, payout_id=P1 (c:2) replaces b:2",
    ] == [str(one) for one in twice]
    assert all(check.holds for check in checks)


def test_records_without_an_identifier_are_never_taken_for_the_same():
    def line(file):
        return SettlementLine(type="sale", amount=Money(1, "CNY"), provenance=Provenance(format="x", file=file, line=1))

    batches = [SimpleNamespace(records=Table.from_records([line(file)]), others={}) for file in "ab"]

    tables, twice, _ = merged(batches)

    assert 2 == len(tables["SettlementLine"])
    assert ["SettlementLine (b:1) has no identifier of its own and says the same as a:1"] == [str(one) for one in twice]
    assert twice[0].is_conflict


def test_lines_of_which_only_one_file_says_the_shop_stay_and_are_told():
    def line(file, shop, *, number="L1"):
        return SettlementLine(
            platform="jd",
            shop_id=shop,
            line_id=number,
            type="sale",
            amount=Money(1, "CNY"),
            provenance=Provenance(format="x", file=file, line=1),
        )

    lines = [line("a", "one"), line("b", "two"), line("c", None), line("d", None, number="L2")]
    batches = [SimpleNamespace(records=Table.from_records([one]), others={}) for one in lines]

    tables, twice, _ = merged(batches)

    assert 4 == len(tables["SettlementLine"])
    assert ["SettlementLine platform=jd, line_id=L1 (c:1) has no identifier of its own and says the same as a:1"] == [
        str(one) for one in twice
    ]


def test_lines_of_files_that_overlap_without_identifiers_do_not_hold(folder):
    header = "Transaction Date,Type,Order,Payout Status,Payout Date,Amount,Fee,Net,Currency\n"
    first = "2026-05-01 10:00:00 -0500,charge,#1,paid,2026-05-03,10.00,0.50,9.50,USD\n"
    second = "2026-05-02 10:00:00 -0500,charge,#2,paid,2026-05-03,20.00,0.50,19.50,USD\n"
    other = "2026-05-03 10:00:00 -0500,charge,#3,paid,2026-05-04,20.00,0.50,19.50,USD\n"

    overlapping = folder(a__csv=(header + first).encode(), b__csv=(header + first + second).encode())
    assert not tieout.read_folder(overlapping).holds

    apart = folder(a__csv=(header + first).encode(), b__csv=(header + second + other).encode())
    assert tieout.read_folder(apart).holds


def order(number, placed, status, file, **more):
    line = OrderLine(platform="shopify", platform_order_id=number, sku="S", quantity=1, unit_price=Money(5, "USD"))
    of_order = Order(
        platform="shopify",
        platform_order_id=number,
        status=status,
        currency="USD",
        created_at=placed,
        provenance=Provenance(format="x", file=file, line=1),
        **more,
    )
    return of_order, attrs.evolve(line, provenance=Provenance(format="x", file=file, line=1))


def of_files(*files):
    return merged(
        [
            SimpleNamespace(records=Table.from_records([one]), others={"OrderLine": Table.from_records([line])})
            for one, line in files
        ]
    )


PLACED = datetime(2026, 5, 1, 10, 7, 31, tzinfo=UTC)
SAME, OTHER = (1, ["newer"], 1, ["same"]), (2, ["conflict"], 2, [])


@pytest.mark.parametrize(
    ("number", "first", "second", "expected"),
    [
        ("#1001", PLACED, PLACED, SAME),
        ("#1001", PLACED, PLACED + timedelta(hours=8), SAME),  # written in another zone
        ("#1001", PLACED, PLACED.replace(second=0), SAME),  # without seconds
        ("#1001", PLACED, PLACED + timedelta(hours=3, minutes=2), OTHER),
        ("#1001", PLACED, PLACED + timedelta(seconds=9), OTHER),
        ("#1001", PLACED, PLACED + timedelta(days=8), OTHER),
        ("#1001", None, None, OTHER),
        ("5116032541422009305", None, None, SAME),
        ("5116032541422009305", None, PLACED, SAME),
        ("5116032541422009305", PLACED, PLACED + timedelta(days=8), OTHER),
    ],
)
def test_orders_of_two_shops_that_count_alike_lose_neither_order_nor_lines(number, first, second, expected):
    tables, twice, checks = of_files(order(number, first, "paid", "a"), order(number, second, "shipped", "b"))

    kinds = {name: [one.kind for one in twice if one.record == name] for name in tables}
    assert expected == (len(tables["Order"]), kinds["Order"], len(tables["OrderLine"]), kinds["OrderLine"])
    assert all(check.holds for check in checks)


def test_an_order_without_its_moment_is_the_same_where_it_says_the_same():
    tables, twice, _ = of_files(order("#1001", None, "paid", "a"), order("#1001", None, "paid", "b"))

    assert (1, 1, {"same"}) == (len(tables["Order"]), len(tables["OrderLine"]), {one.kind for one in twice})


def test_a_third_file_replaces_the_order_that_it_holds():
    files = [order("#1001", PLACED, "paid", "a"), order("#1001", PLACED + timedelta(days=8), "paid", "b")]

    tables, twice, _ = of_files(*files, order("#1001", PLACED, "shipped", "c"))

    assert [("b", "paid"), ("c", "shipped")] == [(one.provenance.file, one.status) for one in tables["Order"]]
    assert ["a", "b"] == [line.provenance.file for line in tables["OrderLine"]]
    assert {"newer", "conflict", "same"} == {one.kind for one in twice}


def test_merging_again_what_two_shops_have_changes_nothing():
    files = [order("#1001", PLACED, "paid", "a"), order("#1001", PLACED + timedelta(days=8), "paid", "b")]
    once, _, _ = of_files(*files)
    known = [once["Order"], once["OrderLine"]]

    again, _, _ = merge_tables(
        [known, *([Table.from_records([one]), Table.from_records([line])] for one, line in files)]
    )

    assert (2, 2) == (len(again["Order"]), len(again["OrderLine"]))


@pytest.mark.parametrize(("number", "kept", "kind"), [("#1001", 2, "alike"), ("5116032541422009305", 1, "same")])
def test_lines_without_their_orders_are_the_same_by_a_long_number_only(number, kept, kind):
    lines = [order(number, PLACED, "paid", file)[1] for file in "ab"]
    batches = [SimpleNamespace(records=Table.from_records([line]), others={}) for line in lines]

    tables, twice, _ = merged(batches)

    assert (kept, [kind]) == (len(tables["OrderLine"]), [one.kind for one in twice])


def test_refunds_of_two_shops_that_count_alike_do_not_replace_each_other():
    def refund(file):
        return Refund(
            platform="shopify",
            platform_order_id="#1001",
            refund_id="#1001",
            status="succeeded",
            amount=Money(5, "USD"),
            provenance=Provenance(format="x", file=file, line=1),
        )

    orders = [order("#1001", PLACED + timedelta(days=8 * at), "paid", file)[0] for at, file in enumerate("ab")]
    batches = [
        SimpleNamespace(records=Table.from_records([one]), others={"Refund": Table.from_records([refund(file)])})
        for one, file in zip(orders, "ab", strict=True)
    ]

    tables, _, _ = merged(batches)

    assert 2 == len(tables["Refund"])


def test_a_courier_bill_without_a_number_that_was_saved_again_is_told_and_stays(folder):
    bill = "业务时间,运单号,结算重量,中转费/运费,应收金额\n2026-07-01 20:11:02,00012345678,0.86,5.00,5.00\n"
    other = bill.replace("00012345678", "00012345679")

    found = tieout.read_folder(folder(a__csv=bill.encode(), b__csv=bill.encode("utf-8-sig"), c__csv=other.encode()))

    charges, invoices = found.tables["CourierCharge"], found.tables.get("CourierInvoice", ())
    assert 3 == len(charges), invoices
    assert ["CourierCharge (b.csv:2)"] == [
        f"{one.record} ({one.place})" for one in found.twice if one.kind == "alike" and one.record == "CourierCharge"
    ]
    assert not found.holds


def test_invoices_of_bills_without_a_number_are_told_too(folder):
    path = GOLDENS / "sto_monthly_bill" / "bill.csv"
    data = path.read_bytes()

    found = tieout.read_folder(folder(a__csv=data, b__csv=data.decode("gb18030").encode("utf-8")))

    invoices = [one for one in found.twice if one.record == "CourierInvoice"]
    assert (2, ["alike"]) == (len(found.tables["CourierInvoice"]), [one.kind for one in invoices])
    assert "has no identifier of its own and says the same as a.csv" in str(invoices[0])
    assert {"alike"} == {one.kind for one in found.twice}


def test_an_empty_folder_gives_nothing(tmp_path):
    found = tieout.read_folder(tmp_path)

    assert ((), {}, True) == (found.batches, dict(found.tables), found.holds)
