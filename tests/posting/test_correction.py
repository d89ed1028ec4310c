"""What is wrong and posted is put right by further vouchers: differences, or red and blue (会计基础工作规范 §51)."""

from datetime import date
from decimal import Decimal

import attrs
import pytest
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import JournalLine, Voucher, VoucherKind, VoucherStatus
from tieout.posting import Account, AccountType, Book, correct

PRIOR_YEAR = Account(code="6901", type=AccountType.EXPENSE, zh="以前年度损益调整", en="Prior year adjustments")


def book_of(chart="cn_small_business", **fields):
    values = {"chart": chart, "currency": "CNY", "timezone": "Asia/Shanghai", "taxpayer": "general"}
    book = Book(**{**values, **fields})
    has_role = "prior_year" in book.mapped.accounts
    return book if has_role or chart != "cn_enterprise" else attrs.evolve(book, accounts={"prior_year": PRIOR_YEAR})


def without_prior_year(book):
    accounts = {role: account for role, account in book.chart.accounts.items() if role != "prior_year"}
    return attrs.evolve(book, chart=attrs.evolve(book.chart, accounts=accounts))


def lines_of(*entries, **fields):
    """Lines of entries such as `Dr 5601.05 3.30`."""
    made = []
    for at, entry in enumerate(entries, start=1):
        side, account, amount = entry.split()
        name = {"Dr": "debit", "Cr": "credit"}[side]
        made.append(JournalLine(line_no=at, summary="运费", account=account, **{name: Money(amount, "CNY")}, **fields))
    return tuple(made)


def posted(*entries, day=date(2026, 10, 31), **fields):
    values = {"voucher_id": "a", "period": f"{day:%Y-%m}", "word": "记", "number": 5, "date": day, "lines": ()}
    values |= {"preparer": "li", "reviewer": "wang", "poster": "wang", "status": "posted", "event_ids": ("e1",)}
    return Voucher(**{**values, "lines": lines_of(*entries), **fields})


def entries(voucher):
    return [
        f"{'Cr' if line.debit is None else 'Dr'} {line.account} {(line.credit or line.debit).amount}"
        for line in voucher.lines
    ]


def sums(*vouchers):
    found = {}
    for line in (line for voucher in vouchers for line in voucher.lines):
        found[line.account] = found.get(line.account, Decimal(0)) + line.amount.amount
    return {account: amount for account, amount in found.items() if amount}


WRONG = ("Dr 5601.05 3.50", "Cr 2202.01 3.50")
LATER = date(2026, 11, 2)


def test_too_little_is_made_up_in_blue():
    (more,) = correct(posted(*WRONG), Money("4.40", "CNY"), book=book_of(), date=LATER)

    assert ["Dr 5601.05 0.90", "Cr 2202.01 0.90"] == entries(more)
    assert {"订正10月31日记-5号凭证"} == {line.summary for line in more.lines}
    assert (None, None, VoucherStatus.DRAFT, VoucherKind.ADJUST, "2026-11", None, ()) == (
        more.number,
        more.preparer,
        more.status,
        more.kind,
        more.period,
        more.reversal_of,
        more.event_ids,
    )


def test_too_much_is_taken_off_in_red_or_on_the_other_side():
    (red,) = correct(posted(*WRONG), Money("3.30", "CNY"), book=book_of(), date=LATER)
    (swapped,) = correct(posted(*WRONG), Money("3.30", "CNY"), book=book_of(reversal_style="swap_sides"), date=LATER)

    assert ["Dr 5601.05 -0.20", "Cr 2202.01 -0.20"] == entries(red)
    assert ["Cr 5601.05 0.20", "Dr 2202.01 0.20"] == entries(swapped)


def test_only_lines_that_differ_are_booked():
    wrong = posted("Dr 5601.05 3.30", "Dr 2221.01.02 0.20", "Dr 1221.01 0.90", "Cr 2202.01 4.40")
    right = lines_of("Dr 5601.05 3.40", "Dr 2221.01.02 0.20", "Dr 1221.01 0.80", "Cr 2202.01 4.40")

    one_sided = book_of(allow_single_side=True)
    assert ["Dr 5601.05 0.10", "Dr 1221.01 -0.10"] == entries(*correct(wrong, right, book=one_sided, date=LATER))


def test_a_difference_between_lines_of_one_side_stands_on_both_unless_the_book_allows_one():
    wrong = posted("Dr 1012.01 178.86", "Dr 5601.01 8.96", "Cr 1122.01 187.82")
    right = lines_of("Dr 1012.01 178.80", "Dr 5601.01 9.02", "Cr 1122.01 187.82")

    (found,) = correct(wrong, right, book=book_of(), date=LATER)

    assert ["Cr 1012.01 0.06", "Dr 5601.01 0.06"] == entries(found)
    assert {"1012.01": Decimal("178.80"), "5601.01": Decimal("9.02"), "1122.01": Decimal("-187.82")} == sums(
        wrong, found
    )


def test_an_amount_alone_keeps_red_lines_of_one_side():
    wrong = posted("Dr 5401 -80", "Dr 1405.02 80")

    assert ["Dr 5401 -5.00", "Dr 1405.02 5.00"] == entries(
        *correct(wrong, Money("-85", "CNY"), book=book_of(allow_single_side=True), date=LATER)
    )


def test_a_wrong_account_is_cancelled_in_red_and_put_right_in_blue():
    wrong = posted(*WRONG)
    red, blue = correct(wrong, lines_of("Dr 5601.06 3.50", "Cr 2202.01 3.50"), book=book_of(), date=LATER)

    assert ["Dr 5601.05 -3.50", "Cr 2202.01 -3.50"] == entries(red)
    assert ["Dr 5601.06 3.50", "Cr 2202.01 3.50"] == entries(blue)
    assert ("注销10月31日记-5号凭证", "订正10月31日记-5号凭证") == (red.lines[0].summary, blue.lines[0].summary)
    assert ("a", ("e1",)) == (red.reversal_of, blue.event_ids)
    assert {"5601.06": Decimal("3.50"), "2202.01": Decimal("-3.50")} == sums(wrong, red, blue)


def test_the_right_voucher_brings_its_own_documents_and_events():
    right = posted("Dr 5601.06 3.50", "Cr 2202.01 3.50", voucher_id="r", event_ids=("e2",), attachments_count=2)
    _, blue = correct(posted(*WRONG, book_id="b"), right, book=book_of(book_id="b"), date=LATER)

    assert (("e2",), 2, "b") == (blue.event_ids, blue.attachments_count, blue.book_id)


@pytest.mark.parametrize(
    ("field", "value"),
    [("tax_rate", Decimal("0.06")), ("aux", {"supplier": "sf_express"}), ("cash_flow_item", "CF01")],
)
def test_a_difference_that_no_amount_can_tell_is_red_and_blue(field, value):
    right = lines_of(*WRONG, **{field: value})

    assert 2 == len(correct(posted(*WRONG), right, book=book_of(), date=LATER))


def test_a_wrong_side_is_red_and_blue():
    assert 2 == len(correct(posted(*WRONG), lines_of("Cr 5601.05 3.50", "Dr 2202.01 3.50"), book=book_of(), date=LATER))


def test_foreign_amount_tax_base_and_quantity_differ_with_the_amount():
    def lines(amount, foreign, quantity):
        first, second = lines_of(f"Dr 1405.01 {amount}", f"Cr 2202.03 {amount}")
        return (
            attrs.evolve(first, quantity=Decimal(quantity), unit_price=Money("8.50", "CNY")),
            attrs.evolve(second, foreign_amount=Money(foreign, "INR"), fx_rate=Decimal("0.085")),
        )

    wrong = posted(*WRONG, lines=lines("85.00", "1000", "10"))
    (less,) = correct(wrong, lines("68.00", "800", "8"), book=book_of(), date=LATER)

    assert (Money("-17.00", "CNY"), Decimal(-2), Money("8.50", "CNY")) == (
        less.lines[0].debit,
        less.lines[0].quantity,
        less.lines[0].unit_price,
    )
    assert (Money("-200", "INR"), Decimal("0.085")) == (less.lines[1].foreign_amount, less.lines[1].fx_rate)


def test_a_price_goes_with_a_quantity_only():
    def lines(amount):
        first, second = lines_of(f"Dr 1405.01 {amount}", f"Cr 2202.03 {amount}")
        return attrs.evolve(first, quantity=Decimal(10), unit_price=Money("8.50", "CNY")), second

    (less,) = correct(posted(*WRONG, lines=lines("86")), lines("85"), book=book_of(), date=LATER)

    assert (None, None) == (less.lines[0].quantity, less.lines[0].unit_price)


def test_an_amount_that_rounds_to_the_same_is_red_and_blue():
    def lines(foreign):
        first, second = lines_of("Dr 1405.01 0.09", "Cr 2202.03 0.09")
        return first, attrs.evolve(second, foreign_amount=Money(foreign, "INR"), fx_rate=Decimal("0.085"))

    assert 2 == len(correct(posted(*WRONG, lines=lines("1.02")), lines("1.03"), book=book_of(), date=LATER))


def test_an_error_of_an_earlier_year_goes_to_the_account_for_it_in_blue():
    wrong = posted("Dr 6601.01 8.96", "Dr 2221.01.02 0.54", "Cr 1012.01 9.50", day=date(2025, 12, 31))
    right = lines_of("Dr 6601.01 7.08", "Dr 2221.01.02 0.42", "Cr 1012.01 7.50")
    code = book_of("cn_enterprise").account("prior_year").code
    (blue,) = correct(wrong, right, book=book_of("cn_enterprise"), date=date(2026, 2, 1))

    assert ["Cr 2221.01.02 0.12", "Dr 1012.01 2.00", f"Cr {code} 1.88"] == entries(blue)
    assert {"订正12月31日记-5号凭证"} == {line.summary for line in blue.lines}


def test_a_small_business_corrects_an_earlier_year_in_the_current_one():
    wrong = posted("Dr 5601.01 9.50", "Cr 1012.01 9.50", day=date(2025, 12, 31))
    (blue,) = correct(wrong, Money("7.50", "CNY"), book=without_prior_year(book_of()), date=date(2026, 2, 1))

    assert ["Cr 5601.01 2.00", "Dr 1012.01 2.00"] == entries(blue)


def test_moving_the_result_of_an_earlier_year_leaves_nothing_to_book():
    wrong = posted("Dr 6601.01 9.50", "Cr 1012.01 9.50", day=date(2025, 12, 31))
    right = lines_of("Dr 6601.03 9.50", "Cr 1012.01 9.50")

    with pytest.raises(PostingError, match="a: it moves the result of 2025 from one account to another"):
        correct(wrong, right, book=book_of("cn_enterprise"), date=date(2026, 2, 1))


def test_an_unknown_account_of_an_earlier_year_is_refused():
    wrong = posted("Dr 6601.77 9.50", "Cr 1012.01 9.50", day=date(2025, 12, 31))

    with pytest.raises(PostingError, match=r"the book knows no account 6601\.77"):
        correct(wrong, Money("7.50", "CNY"), book=book_of("cn_enterprise"), date=date(2026, 2, 1))


def test_an_english_book_says_it_in_english():
    book = Book(chart="ifrs", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
    red, blue = correct(posted(*WRONG), lines_of("Dr 5110 3.50", "Cr 2202.01 3.50"), book=book, date=LATER)

    assert "reversal of 记-5 of 2026-10-31" == red.lines[0].summary
    assert "correction of 记-5 of 2026-10-31" == blue.lines[0].summary


def test_correcting_again_gives_the_same_id():
    ids = {correct(posted(*WRONG), Money(n, "CNY"), book=book_of(), date=LATER)[0].voucher_id for n in (1, 2)}

    assert 1 == len(ids)


@pytest.mark.parametrize(
    ("wrong", "right", "day", "message"),
    [
        (WRONG, Money("3.50", "CNY"), LATER, "it has these accounts and amounts already"),
        (WRONG, Money("3.30", "CNY"), date(2026, 10, 30), "a voucher of 2026-10-31 cannot be corrected on 2026-10-30"),
        (("Dr 1002 1", "Dr 5603.01 1", "Cr 1122.01 2"), Money(3, "CNY"), LATER, "this voucher has 3 lines"),
    ],
)
def test_what_cannot_be_corrected_is_refused(wrong, right, day, message):
    with pytest.raises(PostingError, match=message):
        correct(posted(*wrong), right, book=book_of(), date=day)
