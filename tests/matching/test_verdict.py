"""What a verdict says, in both languages."""

from decimal import Decimal

import polars as pl
import pytest

from tieout.matching import Exact, Matcher, Rule, Total, Verdict

MANY = tuple(range(25))
TWENTY = ", ".join(map(str, range(20)))
TWENTY_ZH = "、".join(map(str, range(20)))


def verdict(answer, count, **more):
    told = {"rule": "r", "side": "right", "position": 3, "amount": Decimal("178.86"), "currency": "CNY"} | more
    return Verdict(answer=answer, count=count, **told)


@pytest.mark.parametrize(
    ("told", "english", "chinese"),
    [
        (
            verdict("unique", 1, solutions=((4,),), field=7, total=Decimal("178.86")),
            "Right 3 (178.86 CNY): of 7 records only, left 4, add up to 178.86 CNY.",
            "右表第 3 行（178.86 CNY）：7 条记录中只有左表第 4 行合计 178.86 CNY。",
        ),
        (
            verdict("unique", 1, solutions=(MANY,), field=25, is_whole=True, total=Decimal("178.86")),
            f"Right 3 (178.86 CNY): all its records, left {TWENTY}, ... (25), add up to 178.86 CNY.",
            f"右表第 3 行（178.86 CNY）：其全部记录左表第 {TWENTY_ZH} 等共 25 行合计 178.86 CNY。",
        ),
        (
            verdict("several", 1234, solutions=((1,), (2,)), field=9),
            "Right 3 (178.86 CNY): 1,234 sums of 9 left records fit, 2 of them shown; a person decides.",
            "右表第 3 行（178.86 CNY）：左表 9 条记录中有 1,234 种组合相符，列出其中 2 种；由人工决定。",
        ),
        (
            verdict("stopped", None, solutions=((1, 2),), field=300, currency=None),
            "Right 3 (178.86): the search among 300 left records stopped at its limit; 1 fitting sum was found, and there may be others.",
            "右表第 3 行（178.86）：在左表 300 条记录中的搜索已到上限而停止；已找到 1 种组合，可能还有其他组合。",
        ),
        (
            verdict("none", 0, amount=None),
            "Right 3 (amount unknown): an amount or its currency is not known, so nothing adds up to it.",
            "右表第 3 行（金额未知）：金额或其币种未知，无法合计。",
        ),
        (
            verdict("none", 0, side="left"),
            "Left 3 (178.86 CNY): no right record could be in its sum.",
            "左表第 3 行（178.86 CNY）：右表没有可计入其合计的记录。",
        ),
        (
            verdict("none", 0, field=5),
            "Right 3 (178.86 CNY): no sum of 5 left records fits.",
            "右表第 3 行（178.86 CNY）：左表 5 条记录的任何组合都不相符。",
        ),
        (
            verdict("none", 0, field=2, summed=(0, 1), is_whole=True),
            "Right 3 (178.86 CNY): its records, left 0 and 1, have no sum: an amount or its currency is not known, currencies are mixed, or a gate fails.",
            "右表第 3 行（178.86 CNY）：其记录左表第 0、1 行无法合计：金额或其币种未知、币种混杂或条件不符。",
        ),
    ],
)
def test_a_verdict_is_a_sentence(told, english, chinese):
    assert english == told.sentence == str(told)
    assert chinese == told.sentence_zh


def test_a_sum_whose_currency_is_no_currency_says_so():
    left = pl.DataFrame({"batch": ["a1"], "amount_minor": [100], "currency": ["CNY"]})
    right = left.with_columns(currency=pl.lit("ZZZ"))
    (verdict,) = Matcher([Rule("r", on=[Exact("batch"), Total("amount")], pairing="n:1")]).match(left, right).verdicts

    assert "an amount or its currency is not known" in verdict.sentence
    assert "金额或其币种未知" in verdict.sentence_zh
