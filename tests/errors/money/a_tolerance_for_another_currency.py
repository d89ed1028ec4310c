from decimal import Decimal

from moneyed import Money

from tieout.money import Tolerance

Tolerance(currency="CNY", amount=Decimal("0.01")).accepts(Money("8.00", "USD"), Money("8.00", "USD"))
