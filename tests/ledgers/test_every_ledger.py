"""Every ledger passes the suite, named nowhere; `tests/ledgers/readers` reads its files by other means."""

import importlib.util
import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from moneyed import Money

from tieout import ledgers
from tieout.errors import LedgerError
from tieout.model import JournalLine, Voucher
from tieout.testing import LEDGER_CHECKS, LedgerSuite

READERS = Path(__file__).parent / "readers"
LEAVES = [item.name for item in ledgers.formats() if item.builtin and not item.is_sent]


def read_back_of(leaf):
    """The `read_back` of `readers/<leaf>.py`; None when there is none."""
    path = READERS / f"{leaf}.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location(f"reader_of_{leaf}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.read_back


@pytest.mark.parametrize(
    "case", [case for leaf in LEAVES for case in LedgerSuite(leaf, read_back=read_back_of(leaf)).cases()], ids=str
)
def test_the_ledger_does_what_every_ledger_must(case):
    case()


def told_or_held(leaf, text, what, vouchers, book):
    """Whether a file says a text, or a note says that it is left out."""
    ledger = ledgers.load(leaf)
    content = b"".join(ledgers.contents(vouchers, ledger=ledger, book=book))
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
    notes = "\n".join(ledger.notes(vouchers)) if isinstance(ledger, ledgers.NotingLedger) else ""
    return text.encode() in content or f"{what} is left out" in notes


@pytest.mark.parametrize("leaf", LEAVES)
def test_whatever_a_line_says_is_in_the_file_or_told(leaf, book):
    names = ("customer", "supplier", "department", "employee", "project", "sku", "shop", "warehouse", "salesperson")
    line = JournalLine(
        line_no=1,
        summary="in",
        account="1405.01",
        debit=Money("86.40", "CNY"),
        foreign_amount=Money("12.00", "USD"),
        fx_rate=Decimal("7.2"),
        quantity=Decimal(37),
        unit_price=Money("2.34", "CNY"),
        aux={name: f"M{at}" for at, name in enumerate(names)},
        cash_flow_item="CF01",
    )
    owed = JournalLine(line_no=2, summary="in", account="2202.03", credit=Money("86.40", "CNY"), aux={"supplier": "M1"})
    day = date(2026, 10, 9)
    one = Voucher(voucher_id="v", book_id="main", period="2026-10", word="记", number=1, date=day, lines=(line, owed))
    said = {f"dimension {name}": f"M{at}" for at, name in enumerate(names)}
    said |= {"the quantity": "37", "the cash flow item": "CF01"}

    assert [] == [what for what, text in said.items() if not told_or_held(leaf, text, what, [one], book)]


@pytest.mark.parametrize("leaf", ["cn_xlsx", "gbt24589", "kingdee_cloud", "kingdee_kis", "yonyou_u8"])
def test_an_original_amount_without_a_rate_never_has_the_rate_of_one(leaf, book):
    one_dollar = {"foreign_amount": Money(1, "USD")}
    lines = (
        JournalLine(line_no=1, summary="in", account="1405.01", debit=Money("8.50", "CNY"), **one_dollar),
        JournalLine(line_no=2, summary="in", account="1012.01", credit=Money("8.50", "CNY")),
    )
    day = date(2026, 10, 9)
    one = Voucher(voucher_id="v", book_id="main", period="2026-10", word="记", number=1, date=day, lines=lines)

    with pytest.raises(LedgerError, match="has an amount in USD and no rate"):
        ledgers.contents([one], ledger=leaf, book=book)


class Honest:
    """A ledger that is all right, as a base of those that are not."""

    suffix = ".csv"

    def render(self, vouchers, *, book):
        rows = [",".join(self.cells(voucher, line)) for voucher in vouchers for line in voucher.lines]
        return ("\n".join(["account,amount,summary,number", *rows, ""]).encode(),)

    def cells(self, voucher, line):
        return line.account, f"{line.amount.amount:.2f}", self.safe(line.summary), str(voucher.number)

    def safe(self, text):
        plain = "".join(character if character.isalnum() else " " for character in text)
        return plain.strip()


def read_honest(files):
    from decimal import Decimal

    rows = [row.split(",") for content in files for row in content.decode().splitlines()[1:]]
    return [(row[0], Decimal(row[1])) for row in rows]


class Formulas(Honest):
    def safe(self, text):
        return f'"{text.replace(chr(34), chr(39))}"'


class Clocked(Honest):
    def safe(self, text):
        from datetime import UTC, datetime

        return f"{datetime.now(tz=UTC):%Y-%m-%d}"


class Exponents(Honest):
    def cells(self, voucher, line):
        return line.account, str(line.amount.amount), "", ""


class Counting(Honest):
    count = 0

    def render(self, vouchers, *, book):
        Counting.count += 1
        return (f"{Counting.count} 1234567890.12 0.01".encode(),)


class Failing(Honest):
    def render(self, vouchers, *, book):
        if any(line.foreign_amount for voucher in vouchers for line in voucher.lines):
            raise ValueError("no foreign currency")
        return super().render(vouchers, book=book)


class Reddened(Honest):
    def render(self, vouchers, *, book):
        if any(line.is_red for voucher in vouchers for line in voucher.lines):
            raise ValueError("red")
        return super().render(vouchers, book=book)


class Lossy(Honest):
    def render(self, vouchers, *, book):
        return super().render(vouchers[:1], book=book)


class Empty(Honest):
    def render(self, vouchers, *, book):
        return ()


def failing(ledger):
    failed = set()
    for case in LedgerSuite(ledger, read_back=read_honest).cases():
        try:
            case()
        except AssertionError:
            failed.add(case.check)
    return failed


def test_an_honest_ledger_of_ones_own_passes():
    assert set() == failing(Honest())


@pytest.mark.parametrize(
    ("ledger", "check"),
    [
        (Formulas(), "hostile_texts_stay_texts"),
        (Clocked(), "nothing_of_the_machine"),
        (Exponents(), "amounts_are_exact"),
        (Counting(), "same_vouchers_same_bytes"),
        (Failing(), "foreign_lines_are_written"),
        (Reddened(), "red_is_kept_or_swapped"),
        (Lossy(), "every_line_is_read_back"),
        (Empty(), "usual_vouchers_are_written"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_suite_sees_what_is_wrong(ledger, check):
    assert check in failing(ledger)


@pytest.mark.parametrize("check", ["draft_is_refused", "unbalanced_is_refused"])
def test_the_suite_sees_when_the_room_lets_pass_what_it_must_not(check, monkeypatch):
    monkeypatch.setattr("tieout.ledgers._writing._require_vouchers", lambda vouchers, book: None)

    assert check in failing(Honest())


def test_every_check_says_what_it_is():
    assert [case.check for case in LedgerSuite("beancount", read_back=read_honest).cases()] == list(LEDGER_CHECKS)
    assert all(text.endswith(".") for text in LEDGER_CHECKS.values())
