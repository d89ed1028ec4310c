"""The books against the ledgers beside them, month after month: a month end is a balance, and only the latest one counts."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from moneyed import Money

from tieout.model import AccountBalance, LedgerLine, SubledgerBalance, SubledgerMovement
from tieout.reconciliations import LedgerTieout

ENDS = [dt.date(2026, 10, 31), dt.date(2026, 11, 30), dt.date(2026, 12, 31), dt.date(2027, 1, 31), dt.date(2027, 2, 28)]
OCT, NOV, DEC = "2026-10-31", "2026-11-30", "2026-12-31"
WALLET = {"1012.01": "wallet"}


def yuan(minor):
    return Money(Decimal(minor).scaleb(-2), "CNY")


def months(offs, *, accounts=WALLET, role="wallet", ledger=1_000_00, documents=None):
    """Months closed one after the other, each with what the one before carried.

    Args:
        offs: By how much the account differs from its ledger at the end of each month; None where it is not given.
        accounts: Roles by account.
        role: The ledger's; None for no ledger.
        ledger: Its balance.
        documents: Movements and lines of vouchers of each month.
    """
    outcomes, carried = [], None
    for place, (end, off) in enumerate(zip(ENDS, offs, strict=False)):
        (code,) = accounts
        own = 0 if role is None else ledger
        moved, posted = ([], []) if documents is None else documents[place]
        outcome = LedgerTieout(accounts=accounts, period=f"{end:%Y-%m}", as_of=end).run(
            subledgers=[] if role is None else [SubledgerBalance(role=role, as_of=end, amount=yuan(own))],
            balances=[] if off is None else [AccountBalance(account=code, as_of=end, amount=yuan(own + off))],
            movements=moved,
            journal=posted,
            opening=carried,
        )
        assert [] == list(outcome.proof.failures)
        outcomes.append(outcome)
        carried = outcome.carry_forward
    return outcomes


def found(outcome):
    """What makes the difference of the day: type, since when, and how much."""
    rows = [(one.type, one.keys["as_of"], int(one.impact.amount * 100)) for one in outcome.discrepancies]
    return sorted((row for row in rows if row[2]), key=lambda row: row[1])


def parts(outcome):
    return [(since, impact) for _, since, impact in found(outcome)]


def difference(outcome):
    (check,) = [one for one in outcome.proof.checks if one.name == "actual - expected"]
    return check.total


def test_a_difference_that_stays_is_one_and_the_same_at_each_month_end():
    outcomes = months([178_86, 178_86, 178_86])

    assert [[("ledger.balance_mismatch", OCT, 178_86)]] * 3 == [found(one) for one in outcomes]
    assert 1 == len({one.discrepancies.to_polars()["discrepancy_id"][0] for one in outcomes})
    assert [178_86] * 3 == [difference(one) for one in outcomes]
    (last,) = outcomes[-1].discrepancies
    assert last.reason == (
        f"wallet on {DEC}: the ledger beside the books says 1000.00, the account 1178.86; "
        f"178.86 CNY that no document explains, since {OCT}"
    )
    assert 1 == outcomes[-1].lines.height


@pytest.mark.parametrize(
    ("offs", "december"),
    [
        ([178_86, 0, 0], []),
        ([178_86, 200_00, 200_00], [(OCT, 178_86), (NOV, 21_14)]),
        ([178_86, 200_00, 250_00], [(OCT, 178_86), (NOV, 21_14), (DEC, 50_00)]),
        ([178_86, 200_00, 100_00], [(OCT, 100_00)]),
        ([178_86, 0, 178_86], [(DEC, 178_86)]),
        ([178_86, -50_00, -80_00], [(NOV, -50_00), (DEC, -30_00)]),
        ([178_86, 179_10, 179_40], [(OCT, 179_40)]),  # what the tolerance allows is nothing of its own
        ([60, 120, 100_00], [(NOV, 1_20), (DEC, 98_80)]),
        ([178_86, None, 178_86], [(DEC, 178_86)]),
    ],
    ids=["gone", "grown", "grown twice", "less", "back", "turned", "drifts", "began small", "a month without"],
)
def test_what_arose_is_apart_from_what_is_brought_forward(offs, december):
    last = months(offs)[-1]

    assert december == parts(last)
    assert difference(last) == offs[-1]


def test_parts_are_what_has_stood_without_a_break_in_any_series():
    """A slow twin: cent by cent, the day since which each has stood."""
    dice = random.Random(41)
    for _ in range(12):
        offs = [dice.choice([0, 0, 300, 500, 900, -400, -700]) for _ in ENDS]
        sign = -1 if offs[-1] < 0 else 1
        since = {}
        for level in range(1, abs(offs[-1]) + 1):
            day = len(offs) - 1
            while day and offs[day - 1] * sign >= level:
                day -= 1
            since[day] = since.get(day, 0) + sign
        assert [(str(ENDS[day]), since[day]) for day in sorted(since)] == parts(months(offs)[-1])


def test_suspense_and_ledgers_without_an_account_are_told_once_too():
    waiting = months([-500_00, -500_00, -800_00], accounts={"2241.01": "unidentified"}, role=None)
    without = months([None, None, None])

    assert [("ledger.suspense_uncleared", OCT, -500_00), ("ledger.suspense_uncleared", DEC, -300_00)] == found(
        waiting[-1]
    )
    assert [("ledger.account_missing", OCT, -1_000_00)] == found(without[-1])


def moved(number, on, minor, kind=None):
    return SubledgerMovement(movement_id=number, role="wallet", happened_on=on, amount=yuan(minor), kind=kind)


def posted(voucher, on, minor, reference):
    return LedgerLine(
        voucher_id=voucher, line_no=1, date=on, account="1012.01", amount=yuan(minor), reference=reference
    )


def plain(month):
    """A document of a month that both have."""
    on = dt.date(2026, month, 3)
    return [moved(f"P{month}", on, 1_00)], [posted(f"V{month}", on, 1_00, f"P{month}")]


def test_a_document_that_stays_unbooked_is_one_discrepancy_since_the_first_month_end_and_gone_when_booked():
    october, november, december = map(plain, (10, 11, 12))
    october[0].append(moved("D1", dt.date(2026, 10, 8), 30_00))
    december[1].append(posted("V", dt.date(2026, 12, 4), 30_00, "D1"))

    first, second, third = months([-30_00, -30_00, 0], documents=[october, november, december])

    assert [("ledger.voucher_missing", OCT, -30_00)] == found(first) == found(second)
    assert [] == found(third)


def test_what_was_booked_after_a_month_end_is_said_of_it_once_and_is_no_difference_any_more():
    october, november, december = map(plain, (10, 11, 12))
    october[0].append(moved("RF-7", dt.date(2026, 10, 31), -190_00, "refund"))
    november[1].append(posted("V", dt.date(2026, 11, 9), -190_00, "RF-7"))

    outcomes = months([190_00, 0, 0], documents=[october, november, december])

    assert [[], [("ledger.refund_period_mismatch", OCT)], []] == [
        [(one.type, one.keys["as_of"]) for one in outcome.discrepancies] for outcome in outcomes
    ]
    (said,) = outcomes[1].discrepancies
    assert (
        said.reason == f"refund RF-7 succeeded on {OCT} and is posted on 2026-11-09: {OCT} lacks 190.00 CNY of wallet"
    )
    assert [190_00, 0, 0] == [difference(one) for one in outcomes]
