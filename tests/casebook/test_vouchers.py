import datetime as dt
from decimal import Decimal

import attrs
import pytest
import sqlalchemy as sa
from moneyed import Money

from tieout.casebook import Actor, Casebook
from tieout.casebook.log import entries
from tieout.casebook.voucher_tables import voucher, voucher_content
from tieout.errors import JournalError, NotAllowed, PostingError, StoreError
from tieout.model import Event, JournalLine, Provenance, Voucher, VoucherStatus
from tieout.posting import Book, post

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
ANNE = Actor("anne", roles=["accountant"])
BEN = Actor("ben", roles=["finance_manager"])
ZHAO = Actor("zhao", roles=["treasury"])
NOV = dt.date(2026, 11, 2)


def sale(number, amount="190.00", day=5, month=10):
    return Event(
        event_id=f"order {number}",
        kind="sale.shipped",
        occurred_on=dt.date(2026, month, day),
        document=f"douyin S1 2026-{month:02}-{day:02} {number}",
        party="douyin",
        amount=Money(amount, "CNY"),
        sources=(Provenance(file="orders.csv", sha256="a" * 64, line=number + 1),),
    )


def paid(number, amount="8.00"):
    return Event(
        event_id=f"payment {number}",
        kind="courier.paid",
        occurred_on=dt.date(2026, 10, 20),
        document=f"PAY{number}",
        party="zto",
        amount=Money(amount, "CNY"),
    )


def kinds(cases):
    with cases.store.reading() as connection:
        return [entry.kind for entry in entries(connection)]


def booked(cases, *events):
    """Vouchers of events that are posted, reviewed and booked."""
    posted = cases.vouchers.post(events, book=BOOK, period="2026-10", actor=ANNE)
    cases.vouchers.review(posted.prepared, book=BOOK, actor=BEN)
    return cases.vouchers.book(posted.prepared, book=BOOK, actor=BEN)


def test_what_was_posted_is_read_again_by_another_process_exactly(cases, url):
    events = [sale(1), sale(2, "-33.33"), paid(1)]
    expected = post(events, book=BOOK, period="2026-10")

    posted = cases.vouchers.post(events, book=BOOK, period="2026-10", actor=ANNE)

    with Casebook(url) as again:
        found = again.vouchers.journal(BOOK)
    assert found.vouchers == posted.prepared
    assert [attrs.evolve(one, preparer=None) for one in found] == list(expected)
    assert [type(line.amount.amount) for line in found[0].lines] == [Decimal] * 3
    assert found[0].source_refs == (Provenance(file="orders.csv", sha256="a" * 64, line=2),)


def test_every_field_of_a_line_comes_back_as_it_was(cases):
    lines = (
        JournalLine(
            line_no=1,
            summary="货款 'quoted' \u0000?",
            account="1002",
            account_name="银行存款",
            role="bank",
            debit=Money("-85.00", "CNY"),
            foreign_amount=Money("-1000", "JPY"),
            fx_rate=Decimal("0.0850"),
            tax_rate=Decimal("0.130"),
            tax_base=Money("-75.22", "CNY"),
            quantity=Decimal("-2.50"),
            unit_price=Money("34.00", "CNY"),
            aux={"shop": "S1", "customer": "douyin"},
            cash_flow_item="销售商品",
            sources=(Provenance(format="f", file="a.csv", sha256="b" * 64, sheet="1", line=3, line_end=9),),
        ),
        JournalLine(line_no=2, summary="s", account="2202", credit=Money("-85.00", "CNY")),
    )
    draft = Voucher(
        voucher_id="hand 1",
        period="2026-10",
        word="记",
        date=dt.date(2026, 10, 3),
        attachments_count=4,
        lines=lines,
        supervisor="chen",
        source_refs=(Provenance(file="a.csv"),),
    )

    (kept,) = cases.vouchers.prepare(draft, book=BOOK, actor=ANNE, reason="typed in")

    (found,) = cases.vouchers.journal(BOOK)
    assert found == kept == attrs.evolve(draft, number=1, status=VoucherStatus.PREPARED, preparer="anne")
    assert repr(found) == repr(kept)


def test_posting_the_same_twice_adds_nothing(cases):
    events = [sale(1), sale(2), paid(1)]
    cases.vouchers.post(events, book=BOOK, period="2026-10", actor=ANNE)
    head = cases.head

    again = cases.vouchers.post(events, book=BOOK, period="2026-10", actor=ANNE)

    assert (again.prepared, again.taken_back, again.seq) == ((), (), None)
    assert cases.head == head


def test_an_edited_row_gives_a_reversal_and_a_new_voucher_for_what_it_touches_and_nothing_else(cases):
    booked(cases, sale(1), sale(2), sale(3))

    posted = cases.vouchers.post(
        [sale(1), sale(2, "180.00"), sale(3)], book=BOOK, period="2026-10", actor=ANNE, reason="order 2 was edited"
    )

    journal = cases.vouchers.journal(BOOK)
    second = next(item for item in journal if item.event_ids == ("order 2",) and item.status == "posted")
    assert posted.taken_back == (second.voucher_id,)
    assert [(item.number, item.kind.value, item.reversal_of) for item in posted.prepared] == [
        (4, "reversal", second.voucher_id),
        (5, "normal", None),
    ]
    assert [line.amount.amount for line in posted.prepared[0].lines] == [-line.amount.amount for line in second.lines]


def test_events_that_came_late_go_on_after_the_last_number(cases):
    booked(cases, sale(1))

    posted = cases.vouchers.post([sale(1), sale(2, day=3)], book=BOOK, period="2026-10", actor=ANNE)

    assert [(item.number, item.event_ids) for item in posted.prepared] == [(2, ("order 2",))]


def test_what_belongs_in_a_closed_period_is_booked_in_the_next_open_one(cases):
    booked(cases, sale(1))
    closed = attrs.evolve(BOOK, locked_periods=["2026-10"])

    posted = cases.vouchers.post([sale(1, "180.00"), sale(2)], book=closed, period="2026-10", actor=ANNE)

    assert (posted.asked, posted.period) == ("2026-10", "2026-11")
    assert {item.period for item in posted.prepared} == {"2026-11"}
    assert len(posted.taken_back) == 1
    assert [item.number for item in cases.vouchers.journal(closed).in_period("2026-10")] == [1]
    assert cases.verify().holds


def test_a_voucher_goes_from_prepared_to_booked_and_the_log_says_by_whom_and_why(cases):
    posted = cases.vouchers.post([paid(1)], book=BOOK, period="2026-10", actor=ANNE)
    cases.vouchers.sign(posted.prepared, book=BOOK, actor=ZHAO)
    cases.vouchers.review(posted.prepared, book=BOOK, actor=BEN, cashier_signs=True, reason="checked, call 13800005678")
    cases.vouchers.unreview(posted.prepared, book=BOOK, actor=BEN)
    cases.vouchers.review(posted.prepared, book=BOOK, actor=BEN)
    (found,) = cases.vouchers.book(posted.prepared, book=BOOK, actor=ANNE)

    assert (found.preparer, found.cashier, found.reviewer, found.poster) == ("anne", "zhao", "ben", "anne")
    assert kinds(cases)[1:] == [
        f"voucher.{act}" for act in ("prepared", "signed", "reviewed", "unreviewed", "reviewed", "posted")
    ]
    with cases.store.reading() as connection:
        history = list(entries(connection, subject=found.voucher_id))
        versions = connection.execute(sa.select(sa.func.count()).select_from(voucher)).scalar()
        texts = connection.execute(sa.select(sa.func.count()).select_from(voucher_content)).scalar()
    assert [entry.actor for entry in history] == ["anne", "zhao", "ben", "ben", "ben", "anne"]
    assert history[2].reason == "checked, call 138****5678"
    assert (versions, texts) == (6, 1)
    assert cases.verify().holds


def test_who_prepared_a_voucher_does_not_review_it_and_nothing_is_kept(cases):
    posted = cases.vouchers.post([sale(1)], book=BOOK, period="2026-10", actor=ANNE)
    head = cases.head

    with pytest.raises(JournalError, match="was prepared by anne, who cannot review it"):
        cases.vouchers.review(posted.prepared, book=BOOK, actor=ANNE)

    assert cases.head == head


def test_an_administrator_does_not_check_their_own_work_either(cases):
    admin = Actor("root", roles=["admin"])
    posted = cases.vouchers.post([sale(1)], book=BOOK, period="2026-10", actor=admin)

    with pytest.raises(JournalError, match="was prepared by root"):
        cases.vouchers.review(posted.prepared, book=BOOK, actor=admin)


@pytest.mark.parametrize(
    ("act", "role"),
    [
        ("sign", "accountant"),
        ("review", "treasury"),
        ("unreview", "warehouse"),
        ("book", "warehouse"),
        ("void", "logistics"),
        ("delete", "auditor"),
    ],
)
def test_only_roles_that_may_do_it(cases, act, role):
    posted = cases.vouchers.post([paid(1)], book=BOOK, period="2026-10", actor=ANNE)

    with pytest.raises(NotAllowed, match=rf"zed \({role}\) may not"):
        getattr(cases.vouchers, act)(posted.prepared, book=BOOK, actor=Actor("zed", roles=[role]))
    with pytest.raises(NotAllowed):
        cases.vouchers.post([paid(2)], book=BOOK, period="2026-10", actor=ZHAO)


def test_a_booked_voucher_is_reversed_corrected_and_never_changed(cases):
    (first, second) = booked(cases, sale(1), sale(2))

    (red,) = cases.vouchers.reverse(first, date=NOV, book=BOOK, actor=ANNE, reason="wrong shop")
    (less,) = cases.vouchers.correct(
        second,
        [
            attrs.evolve(
                line,
                debit=line.debit and Money("180.00", "CNY"),
                credit=line.credit and (Money("159.29", "CNY") if line.role == "revenue" else Money("20.71", "CNY")),
                tax_base=line.tax_base and Money("159.29", "CNY"),
            )
            for line in second.lines
        ],
        date=NOV,
        book=BOOK,
        actor=ANNE,
    )

    assert (red.reversal_of, red.period, red.number, less.number) == (first.voucher_id, "2026-11", 1, 2)
    for act in (cases.vouchers.delete, cases.vouchers.void, cases.vouchers.review):
        with pytest.raises(JournalError, match="is posted and cannot be"):
            act(second, book=BOOK, actor=BEN)
    cases.vouchers.review(red, book=BOOK, actor=BEN)
    cases.vouchers.book(red, book=BOOK, actor=BEN)
    assert cases.vouchers.journal(BOOK).find(first.voucher_id) == attrs.evolve(first, status=VoucherStatus.REVERSED)
    assert kinds(cases)[-2:] == ["voucher.posted", "voucher.reversed"]
    assert cases.verify().holds


def test_a_deleted_voucher_leaves_no_gap_and_stays_in_the_log(cases):
    posted = cases.vouchers.post([sale(number) for number in range(3)], book=BOOK, period="2026-10", actor=ANNE)

    cases.vouchers.delete(posted.prepared[0], book=BOOK, actor=ANNE, reason="not ours")

    assert [item.number for item in cases.vouchers.journal(BOOK)] == [1, 2]
    with cases.store.reading() as connection:
        (gone,) = entries(connection, kinds=["voucher.deleted"])
    assert (gone.subject, gone.reason, gone.body["number"]) == (posted.prepared[0].voucher_id, "not ours", 1)
    assert kinds(cases)[-2:] == ["voucher.renumbered", "voucher.renumbered"]
    assert cases.verify().holds


def test_a_void_voucher_keeps_its_number_beside_a_red_one(cases):
    posted = cases.vouchers.post([sale(1)], book=BOOK, period="2026-10", actor=ANNE)
    cases.vouchers.review(posted.prepared, book=BOOK, actor=BEN)

    (red,) = cases.vouchers.void(posted.prepared, book=BOOK, actor=BEN)

    assert (red.number, red.date) == (2, posted.prepared[0].date)


def test_the_database_refuses_to_change_what_a_voucher_said(cases):
    booked(cases, sale(1))

    for table in (voucher, voucher_content):
        for statement in (sa.update(table).values({table.c[1].name: "x"}), sa.delete(table)):
            with pytest.raises(StoreError, match="to be changed or deleted"), cases.store.writing() as connection:
                connection.execute(statement)


def test_several_books_have_their_own_numbers(cases):
    shop = attrs.evolve(BOOK, book_id="shop")
    cases.vouchers.post([sale(1), sale(2)], book=BOOK, period="2026-10", actor=ANNE)
    cases.vouchers.post([sale(3)], book=shop, period="2026-10", actor=ANNE)

    assert [item.number for item in cases.vouchers.journal(shop)] == [1]
    assert cases.vouchers.frame()["book"].to_list() == ["", "", "shop"]
    assert cases.vouchers.frame(shop)["status"].to_list() == ["prepared"]
    assert cases.verify().holds


def test_events_that_cannot_be_posted_leave_nothing_behind(cases):
    head = cases.head
    with pytest.raises(PostingError, match="no template for this kind"):
        cases.vouchers.post([attrs.evolve(sale(1), kind="sale.unknown")], book=BOOK, period="2026-10", actor=ANNE)

    assert cases.head == head
    assert len(cases.vouchers.journal(BOOK)) == 0
