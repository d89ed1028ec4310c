"""Amounts written as whole numbers whose last digits are decimals."""

import polars as pl
import pytest

from tieout.sources import Amount
from tieout.sources._faults import Conventions


def parsed(cells, currency, implied, **said):
    column = Amount("amount", to="amount", implied=implied)
    return column.parse(pl.Series("amount", cells, dtype=pl.String), Conventions(where="x", currency=currency, **said))


@pytest.mark.parametrize(
    ("text", "currency", "implied", "minor"),
    [
        ("5200", "USD", 2, 5200),
        ("-5", "USD", 2, -5),
        ("0", "USD", 2, 0),
        ("+7", "USD", 2, 7),
        ("15000", "JPY", 2, 150),
        ("15000", "JPY", "minor", 15000),
        ("5200", "BHD", 2, 52000),
        ("5200", "BHD", "minor", 5200),
    ],
)
def test_a_whole_number_holds_its_decimals(text, currency, implied, minor):
    found = parsed([text], currency, implied)

    assert [minor] == found.values.to_list()
    assert not found.faults


@pytest.mark.parametrize("text", ["52.00", "1,000", "5e3", "12,50"])
def test_a_decimal_that_is_written_is_a_fault(text):
    (fault,) = parsed([text], "USD", 2).faults

    assert (text, "is not a whole number") == (fault.found, fault.problem)


def test_hundredths_that_the_currency_lacks_are_a_fault_or_are_rounded():
    (fault,) = parsed(["15050"], "JPY", 2).faults
    rounded = parsed(["15050"], "JPY", 2, round_amounts=True)

    assert ("15050", "amount.too_many_decimals") == (fault.found, fault.reason)
    assert [151] == rounded.values.to_list()
    assert ["1 cells of 'amount' were rounded half-up, which added 0.5 JPY in sum"] == [n.text for n in rounded.notes]


def test_lines_of_several_currencies_have_the_decimals_of_each():
    found = parsed(["5200", "-5", None], pl.Series(["USD", "JPY", "USD"]), "minor")

    assert [5200, -5, None] == found.values.to_list()
