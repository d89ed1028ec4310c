from tieout.money import parse_money

parse_money("8.00", "RMB")
