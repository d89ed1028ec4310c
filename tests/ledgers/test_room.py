"""The room: every leaf is documented, has goldens, and does what all ledgers must."""

from datetime import date
from importlib import import_module
from pathlib import Path

import attrs
import pytest
from moneyed import Money

from tieout import ledgers
from tieout._discovery import leaves_of
from tieout.errors import PluginError, UnknownFormat
from tieout.ledgers import LedgerFormat, _writing
from tieout.model import JournalLine, Voucher

ROOT = Path(__file__).parents[2]
ALL = [item.name for item in ledgers.formats() if item.builtin]
LEAVES = [item.name for item in ledgers.formats() if item.builtin and not item.is_sent]
WIDEST = {  # where columns are narrower than the hostile voucher's 10^15
    "kingdee_kis": Money("99999999999.99", "CNY"),
    "yonyou_u8": Money("9999999999999.99", "CNY"),
}
FIXED_DECIMALS = {"kingdee_kis"}  # a column of dBASE has its decimals, whatever the currency


def test_the_leaves_are_the_files_of_the_folder():
    folder = Path(ledgers.__file__).parent

    assert sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")) == ALL


@pytest.mark.parametrize("leaf", ALL)
def test_a_leaf_has_title_golden_folder_and_docs_page(leaf):
    text = import_module(f"tieout.ledgers.{leaf}").__doc__
    title = text.partition("\n")[0]
    first_paragraph = " ".join(text.split("\n\n")[1].split())
    page = (ROOT / "docs" / "reference" / "ledgers" / f"{leaf}.md").read_text(encoding="utf-8")

    assert title.endswith(".")
    assert list((ROOT / "tests" / "golden" / "ledgers" / leaf).iterdir())
    assert title in page
    assert first_paragraph in " ".join(page.split())
    assert f"(ledgers/{leaf}.md)" in (ROOT / "docs" / "reference" / "ledgers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_month_is_written_as_in_the_golden_file(leaf, month, book, check_golden):
    check_golden(leaf, "courier_month", ledgers.contents(month, ledger=leaf, book=book))


@pytest.mark.parametrize("leaf", LEAVES)
def test_hostile_texts_are_written_as_in_the_golden_file(leaf, hostile, book, check_golden):
    if leaf in WIDEST:
        first, second = hostile.lines
        lines = (attrs.evolve(first, debit=WIDEST[leaf]), attrs.evolve(second, credit=WIDEST[leaf]))
        hostile = attrs.evolve(hostile, lines=lines)

    check_golden(leaf, "hostile", ledgers.contents([hostile], ledger=leaf, book=book))


@pytest.mark.parametrize("leaf", LEAVES)
def test_the_order_they_come_in_does_not_matter(leaf, month, book):
    assert ledgers.contents(month, ledger=leaf, book=book) == ledgers.contents(reversed(month), ledger=leaf, book=book)


@pytest.mark.parametrize("leaf", sorted(set(LEAVES) - FIXED_DECIMALS))
def test_a_currency_without_decimals_is_written_without(leaf, book, shown):
    yen = attrs.evolve(book, currency="JPY")
    lines = (
        JournalLine(line_no=1, summary="s", account="1002", debit=Money("350", "JPY")),
        JournalLine(line_no=2, summary="s", account="2202.01", credit=Money("350", "JPY"), aux={"supplier": "s"}),
    )
    voucher = Voucher(
        voucher_id="a", book_id="main", period="2026-10", word="记", number=1, date=date(2026, 10, 1), lines=lines
    )

    (content,) = ledgers.contents([voucher], ledger=leaf, book=yen)

    assert "350" in shown(leaf, content)
    assert "350." not in shown(leaf, content)


def test_formats_lists_titles_and_suffixes():
    assert (
        LedgerFormat(
            name="beancount",
            title="Beancount: a plain-text ledger that the beancount tools load.",
            suffix=".beancount",
            builtin=True,
        )
        in ledgers.formats()
    )


def test_an_unknown_ledger_lists_the_known(month, book):
    with pytest.raises(UnknownFormat, match=r"no ledger named 'ledger_cli'; (nearest|none)"):
        ledgers.render(month, ledger="ledger_cli", book=book)


def test_a_broken_leaf_is_listed_with_its_problem(monkeypatch):
    monkeypatch.delattr(import_module("tieout.ledgers.journal_csv"), "LEDGER")

    broken = {item.name: item.problem for item in ledgers.formats()}

    assert broken["beancount"] is None
    assert "tieout.ledgers.journal_csv: a Ledger named LEDGER is needed" == broken["journal_csv"]
    with pytest.raises(PluginError):
        ledgers.load("journal_csv")


def test_a_ledger_of_ones_own_is_taken_as_it_is(month, book):
    class Counted:
        suffix = ".txt"

        def render(self, vouchers, *, book):
            return (f"{len(vouchers)} in {book.currency}".encode(),)

    assert f"{len(month)} in CNY" == ledgers.render(month, ledger=Counted(), book=book)


@pytest.fixture
def leaves_anew():
    """Leaves are looked for anew, before and behind the test."""
    leaves_of.cache_clear()
    yield
    leaves_of.cache_clear()


@pytest.mark.usefixtures("leaves_anew")
def test_a_third_partys_leaf_is_found_by_entry_point(monkeypatch, month, book):
    from importlib.metadata import EntryPoint

    point = EntryPoint(name="theirs", value="tieout.ledgers.journal_csv", group="tieout.ledgers")
    monkeypatch.setattr("tieout._discovery.entry_points", lambda group: [point] if group == _writing.ROOM.group else [])

    assert sorted([*ALL, "theirs"]) == [item.name for item in ledgers.formats()]
    assert ledgers.render(month, ledger="journal_csv", book=book) == ledgers.render(month, ledger="theirs", book=book)
