from tieout.matching import Exact, Matcher, Near, Rule

Matcher(
    [
        Rule("order", on=[Exact("order_no")], pairing="n:m"),
        Rule("order and amount", on=[Exact("order_no")], given=[Near("amount", by=0)]),
    ]
)
