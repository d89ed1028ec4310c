from tieout.money import parse_money

parse_money(float("nan"), "CNY")
