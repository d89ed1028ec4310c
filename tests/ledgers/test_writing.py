"""Writing: whole files or none, and refusals that name the voucher."""

from decimal import localcontext
from pathlib import Path

import attrs
import pytest
from moneyed import Money

from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers import LedgerOptions
from tieout.ledgers.journal_csv import JournalCsv
from tieout.posting import ReversalStyle


class TwoFiles:
    suffix = ".csv"

    def render(self, vouchers, *, book):
        return (b"one", b"two")


class Binary:
    suffix = ".dbf"

    def render(self, vouchers, *, book):
        return (b"\xff\xfe\x00",)


def test_the_report_says_what_was_written(month, book, tmp_path):
    report = ledgers.write(month, tmp_path / "x.csv", ledger="journal_csv", book=book)

    assert ("journal_csv", (tmp_path / "x.csv",), 5, 16) == (report.ledger, report.files, report.vouchers, report.lines)
    assert report.is_complete
    assert "journal_csv: 5 vouchers, 16 lines in x.csv" == str(report)
    assert (tmp_path / "x.csv").read_text(encoding="utf-8") == ledgers.render(month, ledger="journal_csv", book=book)


def test_a_ledger_with_options_can_be_given(month, book, tmp_path):
    report = ledgers.write(month, str(tmp_path / "x.csv"), ledger=JournalCsv(bom=True), book=book)

    assert "journal_csv" == report.ledger
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfdate,")


def test_a_file_with_another_content_is_not_replaced_unless_asked(month, book, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(LedgerError, match=r"x.csv: the file is there already, with another content\nHint: replace it"):
        ledgers.write(month, path, ledger="journal_csv", book=book)
    assert "mine" == path.read_text(encoding="utf-8")

    ledgers.write(month, path, ledger="journal_csv", book=book, overwrite=True)
    assert path.read_text(encoding="utf-8").startswith("date,")


def test_writing_the_same_again_is_no_conflict(month, book, tmp_path):
    first = ledgers.write(month, tmp_path / "x.csv", ledger="journal_csv", book=book)

    assert first == ledgers.write(month, tmp_path / "x.csv", ledger="journal_csv", book=book)


def test_a_missing_folder_is_named(month, book, tmp_path):
    with pytest.raises(LedgerError, match="gone: there is no such folder"):
        ledgers.write(month, tmp_path / "gone" / "x.csv", ledger="journal_csv", book=book)


def test_several_files_stand_beside_each_other(month, book, tmp_path):
    report = ledgers.write(month, tmp_path / "x.csv", ledger=TwoFiles(), book=book)

    assert ["x.csv", "x-2.csv"] == [file.name for file in report.files]
    assert "two" == (tmp_path / "x-2.csv").read_text(encoding="utf-8")
    with pytest.raises(LedgerError, match="it fills 2 files\nHint: use write"):
        ledgers.render(month, ledger=TwoFiles(), book=book)


def test_a_binary_format_is_not_rendered_as_text(month, book):
    with pytest.raises(LedgerError, match="not UTF-8 text"):
        ledgers.render(month, ledger=Binary(), book=book)


def test_a_failure_leaves_neither_a_file_nor_a_rest(month, book, tmp_path, monkeypatch):
    real = Path.write_bytes

    def full(path, content):
        if "-2" in path.name:
            real(path, b"half")
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)

    with pytest.raises(OSError, match="No space left"):
        ledgers.write(month, tmp_path / "x.csv", ledger=TwoFiles(), book=book)
    assert [] == list(tmp_path.iterdir())


def test_an_unknown_account_refuses_the_whole_file(month, book, tmp_path):
    other = attrs.evolve(book, accounts={"claim_courier": "9999"})

    with pytest.raises(
        LedgerError, match=r"vouchers: the book knows no account 1221.01; used by 2026-10 记-\d\nHint: add them"
    ):
        ledgers.write(month, tmp_path / "x.csv", ledger="journal_csv", book=other)
    assert [] == list(tmp_path.iterdir())


def test_vouchers_with_unknown_accounts_are_skipped_whole_when_asked(month, book, tmp_path):
    other = attrs.evolve(book, accounts={"claim_courier": "9999"})

    report = ledgers.write(month, tmp_path / "x.csv", ledger="journal_csv", book=other, unmapped="skip")

    (skipped,) = report.skipped
    assert (4, ("1221.01",), False) == (report.vouchers, report.unmapped, report.is_complete)
    assert ("the book knows no account 1221.01", 7, (5,)) == (skipped.reason, skipped.lines, skipped.unmapped_lines)
    assert f"NOT WRITTEN: {skipped.name} (7 lines; accounts unknown to the book: 1221.01)" in str(report)
    assert "1221.01" not in (tmp_path / "x.csv").read_text(encoding="utf-8")


def past_its_constructor(record, **values):
    """A copy that holds what its class would refuse."""
    other = attrs.evolve(record)
    for name, value in values.items():
        object.__setattr__(other, name, value)
    return other


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"credit": Money("0.01", "CNY")}, r"debits minus credits should be 0 but are 999999999999999.99 CNY"),
        ({"credit": Money("1E+15", "USD")}, r"are 1000000000000000 CNY, -1000000000000000 USD"),
        ({"debit": Money("1", "CNY")}, r"line 2 should have a debit or a credit that is not 0 but has 1 and 1000000000000000.00"),
        ({"credit": None}, "line 2 should have a debit or a credit that is not 0 but has neither"),
        ({"credit": Money("NaN", "CNY")}, "but has NaN"),
        ({"credit": Money("0", "CNY")}, "but has 0"),
    ],
)  # fmt: skip
def test_a_voucher_that_evaded_its_constructor_is_refused_by_name(values, message, hostile, book):
    first, second = hostile.lines
    forged = past_its_constructor(hostile, lines=(first, past_its_constructor(second, **values)))

    with pytest.raises(LedgerError, match=rf"2026-10 记-99 \(@id\): .*{message}"):
        ledgers.contents([forged], ledger="journal_csv", book=book)


def test_a_voucher_without_lines_is_refused(hostile, book):
    with pytest.raises(LedgerError, match=r"记-99 \(@id\): debits minus credits should be 0 but are of no line"):
        ledgers.contents([past_its_constructor(hostile, lines=())], ledger="journal_csv", book=book)


def test_the_balance_does_not_hang_on_the_decimal_context(hostile, book):
    with localcontext(prec=3):
        first, second = hostile.lines
        forged = past_its_constructor(
            hostile, lines=(first, past_its_constructor(second, credit=Money("1000000000000000.01", "CNY")))
        )
        with pytest.raises(LedgerError, match=r"are -0\.01 CNY"):
            ledgers.contents([forged], ledger="journal_csv", book=book)


def test_a_draft_is_refused(hostile, book):
    with pytest.raises(LedgerError, match="drafts have no number: @id\nHint: number them"):
        ledgers.render([attrs.evolve(hostile, number=None)], ledger="journal_csv", book=book)


def test_a_voucher_of_another_book_is_refused(hostile, book):
    with pytest.raises(LedgerError, match="vouchers of book 'other' cannot go into book 'main': 2026-10 记-99"):
        ledgers.render([attrs.evolve(hostile, book_id="other")], ledger="journal_csv", book=book)


@pytest.mark.parametrize("change", [{"voucher_id": "b"}, {"number": 100}])
def test_a_number_or_id_given_twice_is_refused(change, hostile, book):
    with pytest.raises(LedgerError, match=r"vouchers: 2026-10 记-\d+ is there twice\nHint: numbers go on"):
        ledgers.render([hostile, attrs.evolve(hostile, **change)], ledger="journal_csv", book=book)


def test_sheets_of_one_voucher_are_not_twice(hostile, book):
    sheets = [attrs.evolve(hostile, part=part, parts=2) for part in (2, 1)]

    text = ledgers.render(sheets, ledger="journal_csv", book=book)

    assert text.index("1/2") < text.index("2/2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vouchers": ["x"]}, "vouchers: vouchers are needed, got str"),
        ({"ledger": 3}, "ledger: the name of a ledger or a Ledger is needed, got int"),
        ({"unmapped": "drop"}, "unmapped: 'drop' is none of refuse, skip"),
    ],
)
def test_wrong_arguments_are_named(arguments, message, month, book):
    given = {"vouchers": month, "ledger": "journal_csv", "book": book, **arguments}

    with pytest.raises(LedgerError, match=message):
        ledgers.render(given.pop("vouchers"), **given)


class Noted:
    suffix = ".txt"
    reversal_style = "swap_sides"

    def render(self, vouchers, *, book):
        return (
            "".join(f"{line.debit or ''}|{line.credit or ''}\n" for item in vouchers for line in item.lines).encode(),
        )


def test_a_ledger_that_swaps_sides_gets_no_red_figures(month, book):
    red = [line for voucher in month for line in voucher.lines if line.is_red]

    text = ledgers.render(month, ledger=Noted(), book=book)

    assert red
    assert "-" not in text
    assert [str(-line.amount) if line.amount.amount < 0 else "" for voucher in month for line in voucher.lines] == [
        row.partition("|")[2] for row in text.splitlines()
    ]


@pytest.mark.parametrize("style", [None, "red_negative", ReversalStyle.RED_NEGATIVE])
def test_red_figures_stay_unless_sides_are_to_be_swapped(style, month, book):
    text = ledgers.render(month, ledger=JournalCsv(reversal_style=style), book=book)

    assert text == ledgers.render(month, ledger="journal_csv", book=book)
    assert text != ledgers.render(month, ledger=JournalCsv(reversal_style="swap_sides"), book=book)


def test_an_unknown_style_lists_the_known():
    with pytest.raises(LedgerError, match="reversal_style: 'storno' is none of red_negative, swap_sides"):
        JournalCsv(reversal_style="storno")


@attrs.frozen(kw_only=True)
class PositiveOnly(LedgerOptions):
    takes_red = False


def test_a_ledger_without_red_swaps_unasked_and_refuses_red():
    assert "swap_sides" == PositiveOnly().reversal_style == PositiveOnly(reversal_style="swap_sides").reversal_style
    for style in ("red_negative", None):
        with pytest.raises(
            LedgerError, match=r"PositiveOnly takes no negative debits or credits.*\nHint: leave the option"
        ):
            PositiveOnly(reversal_style=style)


def test_contents_are_what_is_written(month, book, tmp_path):
    ledgers.write(month, tmp_path / "x.csv", ledger=TwoFiles(), book=book)

    assert (b"one", b"two") == ledgers.contents(month, ledger=TwoFiles(), book=book)
    assert b"two" == (tmp_path / "x-2.csv").read_bytes()
