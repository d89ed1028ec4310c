"""What type checkers make of money."""

from decimal import Decimal
from typing import reveal_type

from moneyed import Money

from tieout.money import Tolerance, allocate, from_minor, parse_money, split_tax, to_minor

fee = parse_money("8.00", "CNY")
reveal_type(fee)  # T: moneyed.classes.Money
parse_money("8.00")  # E: call-arg
parse_money("8,00", "EUR", ",")  # E: arg-type, call-arg
reveal_type(to_minor(fee))  # T: int
from_minor(8.0, "CNY")  # E: arg-type
reveal_type(allocate(fee, [1, Decimal("0.5"), fee]))  # T: tuple[moneyed.classes.Money, ...]
net, tax = split_tax(fee, Decimal("0.06"))
reveal_type(tax)  # T: moneyed.classes.Money
split_tax(fee, 0.06)  # E: arg-type
Tolerance(currency="CNY")  # E: call-arg
Tolerance(currency="CNY", amount=0.01)  # E: arg-type
reveal_type(Tolerance.exact("CNY").accepts(fee, Money("8.00", "CNY")))  # T: bool
