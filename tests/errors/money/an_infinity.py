from decimal import Decimal

from tieout.money import parse_money

parse_money(Decimal("Infinity"), "CNY")
