"""What the ledger tests share: a small month, a hostile voucher, and the golden comparison."""

import io
import os
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from moneyed import Money

from tieout import ledgers
from tieout.model import Event, JournalLine, Provenance, Voucher
from tieout.posting import Book, post
from tieout.posting.sheets import split_voucher

GOLDEN = Path(__file__).parent.parent / "golden" / "ledgers"
HOSTILE = (
    "=cmd|' /C calc'!A0, \"quoted\"; back\\slash\r\nsecond\tline\x00\x1b[31m\u202e\u2028 “中文” #tag ^link ; comment"
)


def cny(text):
    return Money(text, "CNY")


def make_book(chart, **more):
    return Book(
        chart=chart,
        currency="CNY",
        timezone="Asia/Shanghai",
        taxpayer="general",
        dispute_policy="pay_and_claim",
        preparer="demo",
        book_id="main",
        **{"vat": None, **more},  # the month has a bill with 18 %, a rate that no table of China has
    )


@pytest.fixture(scope="session")
def book():
    return make_book("cn_small_business")


@pytest.fixture(scope="session")
def book_of():
    """The same book with another chart, and so perhaps another standard."""
    return make_book


@pytest.fixture(scope="session")
def month(book):
    """A bill of two legs with a dispute and a compensation, a bill in rupees, a payment, and an accrual with its reversal."""

    def event(
        kind,
        amount,
        document="SF2610",
        *,
        currency="CNY",
        party="sf_express",
        leg="outbound",
        rate="0.06",
        day=31,
        lines=(),
    ):
        return Event(
            event_id=f"{kind}:{document}:{leg}",
            kind=kind,
            occurred_on=date(2026, 10, day),
            document=document,
            party=party,
            amount=Money(amount, currency),
            tax_rate=Decimal(rate),
            details={"leg": leg},
            sources=tuple(
                Provenance(file=f"{document}.csv", sha256=document.lower(), line=first, line_end=last)
                for first, last in lines
            ),
        )

    events = [
        event("courier.bill", "1234.56", lines=[(5, 104), (106, None)]),
        event("courier.bill", "-8.00", leg="return", lines=[(105, None)]),
        event("courier.dispute", "0.90", lines=[(105, None)]),
        event("courier.compensation", "-50.00", rate="0", lines=[(107, None)]),
        event("courier.bill", "118.00", "IN-7", currency="INR", party="delhivery", rate="0.18", day=20, lines=[(2, 9)]),
        event("courier.paid", "1000.00", "PAY1", day=25, rate="0"),
        event("courier.unbilled", "3.50", "2026-10", day=2),
    ]
    return post(events, book=book, period="2026-10", rates={"INR": Decimal("0.085")})


@pytest.fixture(scope="session")
def rich():
    """Vouchers of several words and periods: in dollars, of stock, in red, in two sheets, and with a month between."""

    def line(account, *, debit=None, credit=None, **fields):
        sides = {name: None if text is None else cny(text) for name, text in (("debit", debit), ("credit", credit))}
        return {"summary": f"{account} 摘要", "account": account, **sides, **fields}

    def voucher(name, day, lines, **fields):
        word, number = name.split("-")
        return Voucher(
            **{
                "voucher_id": f"id-{day:%m}-{name}",
                "book_id": "main",
                "period": f"{day:%Y-%m}",
                "word": word,
                "number": int(number),
                "date": day,
                "lines": tuple(JournalLine(line_no=at, **fields) for at, fields in enumerate(lines, start=1)),
                "preparer": "制单甲",
                **fields,
            }
        )

    usd = {"foreign_amount": Money("1000.00", "USD"), "fx_rate": Decimal("7.2")}
    stock = {"quantity": Decimal("2.50"), "unit_price": cny("32.00"), "aux": {"sku": "A-01", "shop": "S1"}}
    sale = voucher(
        "记-1",
        date(2026, 10, 8),
        [
            line("1122.01", debit="7200.00", aux={"customer": "C1"}, **usd),
            line("5001", credit="6371.68"),
            line("2221.01.01", credit="828.32"),
            line("5401", debit="80.00"),
            line("1405.01", credit="80.00", **stock),
        ],
        attachments_count=3,
        reviewer="审核乙",
    )
    long = voucher(
        "记-2", date(2026, 10, 9), [line("1002", debit="1.10"), line("5001", credit="1.10")] * 2, attachments_count=4
    )
    received = voucher("转-1", date(2026, 10, 10), [line("1002", debit="0.05"), line("1012.01", credit="0.05")])
    red = voucher(
        "记-1",
        date(2026, 12, 1),
        [line("5401", debit="-80.00"), line("1405.01", credit="-80.00", **{**stock, "quantity": Decimal("-2.50")})],
    )
    return (sale, *split_voucher(long, 2), received, red)


@pytest.fixture(scope="session")
def hostile():
    """A voucher made by hand whose every text is dangerous, in 10^15 yuan."""
    place = Provenance(file="=evil\n.csv", sha256="ff", sheet='"S"', line=3)
    lines = (
        JournalLine(
            line_no=1,
            summary=HOSTILE,
            account="1002",
            debit=cny("1E+15"),
            aux={"supplier": "@SUM(A1)\n"},
            sources=(place,),
        ),
        JournalLine(
            line_no=2,
            summary="+1+1",
            account="2202.01",
            account_name="-name",
            credit=cny("1000000000000000.00"),
            aux={"supplier": "@SUM(A1)\n"},
        ),
    )
    return Voucher(
        voucher_id="@id",
        book_id="main",
        period="2026-10",
        word="记",
        number=99,
        date=date(2026, 10, 31),
        lines=lines,
        preparer="-p",
        source_refs=(place,),
    )


def cells(content):
    """The cells of a workbook by sheet, as the digits and letters that stand in the file, which no reader has made floats of."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        texts = ["".join(text.itertext()) for text in etree.fromstring(parts.read("xl/sharedStrings.xml"))]
        names = [sheet.get("name") for sheet in etree.fromstring(parts.read("xl/workbook.xml")).iter(f"{main}sheet")]
        sheets = {}
        for at, name in enumerate(names, start=1):
            rows = etree.fromstring(parts.read(f"xl/worksheets/sheet{at}.xml")).iter(f"{main}row")
            sheets[name] = [_cells_of(row, texts, main) for row in rows]
    return sheets


def _cells_of(row, texts, main):
    found = {}
    for cell in row.iter(f"{main}c"):
        column = 0
        for letter in cell.get("r").rstrip("0123456789"):
            column = column * 26 + ord(letter) - ord("A") + 1
        value = cell.findtext(f"{main}v") or ""
        found[column] = texts[int(value)] if cell.get("t") == "s" else value
    return [found.get(column, "") for column in range(1, max(found, default=0) + 1)]


@pytest.fixture(scope="session")
def made():
    """A voucher made by hand, each line of which is given by its fields."""

    def make(*lines, period="2026-10", number=1, **fields):
        return Voucher(
            **{
                "voucher_id": f"v{period}-{number}",
                "book_id": "main",
                "period": period,
                "word": "记",
                "number": number,
                "date": date.fromisoformat(f"{period}-05"),
                "lines": tuple(
                    JournalLine(**{"line_no": at, "summary": "s", **line}) for at, line in enumerate(lines, start=1)
                ),
                **fields,
            }
        )

    return make


@pytest.fixture(scope="session")
def shown():
    """A file of a ledger as text: workbooks as rows, other bytes in the encoding they are in."""

    def show(leaf, content):
        if ledgers.load(leaf).suffix == ".xlsx":
            return "".join(
                f"# {name}\n" + "".join("\t".join(row) + "\n" for row in rows) for name, rows in cells(content).items()
            )
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return content.decode("gb18030", "backslashreplace")

    return show


@pytest.fixture(scope="session")
def check_golden(shown):
    """Compare files with the golden ones, or write these when TIEOUT_UPDATE_GOLDENS is set, which CI refuses.

    Workbooks are kept as the text of their cells: their bytes hang on the library that wrote them.
    """

    def check(leaf, name, contents):
        suffix = ledgers.load(leaf).suffix
        paths = [GOLDEN / leaf / f"{name}{'' if at == 1 else f'-{at}'}{suffix}" for at in range(1, len(contents) + 1)]
        if suffix == ".xlsx":
            paths = [path.with_suffix(".xlsx.txt") for path in paths]
            contents = [shown(leaf, content).encode() for content in contents]
        if os.environ.get("TIEOUT_UPDATE_GOLDENS"):
            assert not os.environ.get("CI"), "goldens are never updated by CI"
            for path, content in zip(paths, contents, strict=True):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        kept = {path: path.read_bytes() for path in paths}
        assert [shown(leaf, kept[path]) if suffix != ".xlsx" else kept[path] for path in paths] == [
            shown(leaf, content) if suffix != ".xlsx" else content for content in contents
        ]
        assert list(contents) == list(kept.values())

    return check
