from tieout.money import parse_money

parse_money("12,5O", "CNY")
