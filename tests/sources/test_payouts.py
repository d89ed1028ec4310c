"""Payouts that reports of channels imply: their amounts are those of all their lines, or they are not given."""

from pathlib import Path

import pytest

import tieout

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
STRIPE = (GOLDENS / "stripe_balance_report" / "payout_reconciliation.csv").read_text("utf-8")
_OF_PO_0002 = next(line for line in STRIPE.splitlines() if line.startswith("txn_0007"))
STRIPE = f"{STRIPE.rstrip()}\n{_OF_PO_0002.replace('txn_0007', 'txn_0010')}\n"
SHOPIFY = (GOLDENS / "shopify_payment_transactions" / "with_payout_id.csv").read_text("utf-8")
DOUBT = "payouts can be told by their lines"


def payouts(text):
    batch = tieout.read(text.encode())
    found = {one.payout_id: one.amount.amount for one in batch.others["Payout"]}
    return found, DOUBT in [check.name for check in batch.control.failures]


def harmed(text, number, cell, other):
    """The text with another cell on the line of that number."""
    lines = text.splitlines(keepends=True)
    at = next(at for at, line in enumerate(lines) if number in line)
    assert cell in lines[at]
    return "".join([*lines[:at], lines[at].replace(cell, other, 1), *lines[at + 1 :]])


def test_of_shopify_too():
    """The first payout has a line of its own, which says its amount; the second is the sum of its lines."""
    first, second = payouts(SHOPIFY)[0]

    assert {first} == set(payouts(harmed(SHOPIFY, f",{second},", ",10.00,", ",10.0O,"))[0])
    assert {first, second} == set(payouts(harmed(SHOPIFY, f",{first},", "-598.70,0", "-598.7O,0"))[0])


def test_the_goldens_say_their_payouts():
    whole, is_doubted = payouts(STRIPE)

    assert ({"po_0001", "po_0002"} <= set(whole), is_doubted) == (True, False)


@pytest.mark.parametrize(
    ("number", "cell", "other", "left"),
    [
        ("txn_0001", "250.00", "25O.00", {"po_0001", "po_0002"}),  # its payout's own line says the amount
        ("txn_0006", "-143.35,0.00", "-143.3S,0.00", {"po_0002"}),
        ("txn_0007", "1200,", "12OO,", {"po_0001"}),
        ("txn_0007", "jpy", "jpy,jpy", {"po_0001"}),  # torn, so that nobody knows in which payout it is
        ("txn_0008", "-50.00,0.00", "-5O.00,0.00", {"po_0001", "po_0002"}),  # not paid out yet
    ],
)
def test_a_payout_of_which_a_line_cannot_be_read_is_not_given_by_the_others(number, cell, other, left):
    """It was given with the sum of the lines that could be read, which is no amount that reaches the bank."""
    whole, _ = payouts(STRIPE)

    found, is_doubted = payouts(harmed(STRIPE, number, cell, other))

    assert {name: amount for name, amount in whole.items() if name in left} == found
    assert (set(whole) != left) is is_doubted
