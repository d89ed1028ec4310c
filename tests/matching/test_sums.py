"""Sums: batches, deposits and payouts."""

from datetime import date
from decimal import Decimal
from random import Random

import polars as pl
import pytest

from tieout.errors import MatcherError, WrongColumnType
from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule, Same, Subset, Total

CONFIRMED, SUGGESTED = "confirmed", "suggested"
BATCH = Rule("batch", on=[Exact("batch"), Total("amount")], pairing="n:1")
DEPOSIT = Rule("deposit", on=[Subset("amount")], pairing="n:1")


def line(amount, batch="B1", day=1, **more):
    return {"amount": amount, "batch": batch, "day": date(2026, 10, day), **more}


def lines(*amounts, **more):
    return [line(amount, **more) for amount in amounts]


def match(rules, left, right, **options):
    return Matcher(rules if isinstance(rules, list) else [rules], **options).match(left, right)


def links(result):
    return result.pairs.select("left", "right", "status", "evidence").rows()


def answers(result):
    return [(verdict.position, verdict.answer, verdict.count) for verdict in result.verdicts]


# --- Total ---


def test_the_lines_of_a_batch_add_up_to_its_deposit():
    result = match(BATCH, [*lines(100, 250, -30), *lines(70, batch="B2")], [line(320), line(71, batch="B2")])

    assert [(at, 0, CONFIRMED, "sum of 3") for at in range(3)] == links(result)
    assert [3] == result.left_only.to_list()
    assert [(0, "unique", 1), (1, "none", 0)] == answers(result)
    assert result.proof.holds


def test_a_payout_is_the_sum_of_its_settlement_lines_fees_and_refunds_included():
    settlement = pl.DataFrame(
        {"settlement_id": ["S1"] * 6, "net_minor": [17000, 2000, -950, -114, -50, -4000], "currency": ["CNY"] * 6}
    )
    payouts = pl.DataFrame({"settlement_id": ["s-1"], "amount_minor": [13886], "currency": ["CNY"]})
    rule = Rule("payout", on=[Exact("settlement_id"), Total(left="net", right="amount")], pairing="n:1")

    result = match(rule, settlement, payouts)

    (group,) = result.groups()
    assert (CONFIRMED, (0, 1, 2, 3, 4, 5), (0,)) == (group.status, group.left_positions, group.right_positions)
    assert Decimal("0.99") == group.score  # the key is the same in its normal form only
    (verdict,) = result.verdicts
    assert (Decimal("138.86"), Decimal("138.86"), "CNY") == (verdict.amount, verdict.total, verdict.currency)
    assert str(verdict.total) == "138.86"
    assert result.proof.holds
    assert ("net", "left", "CNY") in {(check.name, check.side, check.currency) for check in result.proof.checks}


def test_one_record_is_billed_in_several_lines():
    rule = Rule("shipment", on=[Exact("batch"), Total("amount")], pairing="1:n")

    result = match(rule, [line(320)], lines(100, 250, -30))

    assert [(0, at, CONFIRMED, "sum of 3") for at in range(3)] == links(result)
    assert [("left", 0, ((0, 1, 2),))] == [(one.side, one.position, one.solutions) for one in result.verdicts]


def test_a_verdict_names_its_rivals_and_its_group_in_both_languages():
    twice = match(BATCH, lines(50, 7), lines(57, 57)).verdicts[1]
    together = match(
        Rule("batch", on=[Exact("batch"), Total("amount")], pairing="n:m"), lines(9), lines(4, 5)
    ).verdicts[0]

    assert "Right 1 (57): all its records, left 0 and 1, add up to 57; right 0 claims them as well." == twice.sentence
    assert "右表第 1 行（57）：其全部记录左表第 0、1 行合计 57；右表第 0 行也主张这些记录。" == twice.sentence_zh
    assert "Right 0 with 1 (9): all its records, left 0, add up to 9." == together.sentence
    assert "右表第 0、1 行（9）：其全部记录左表第 0 行合计 9。" == together.sentence_zh


def test_the_columns_of_a_sum_are_checked_when_the_matcher_is_built():
    schema = {"batch": pl.String, "amount": pl.Int64}

    assert Matcher([BATCH], left=schema, right=schema).rules == (BATCH,)
    with pytest.raises(WrongColumnType, match="only numbers add up"):
        Matcher([BATCH], left={**schema, "amount": pl.String}, right={**schema, "amount": pl.String})


def test_a_batch_that_does_not_add_up_says_what_it_came_to():
    result = match(BATCH, lines(100, 250), lines(349))

    (verdict,) = result.verdicts
    assert ((0, 1), 350) == (verdict.summed, verdict.total)
    assert "Right 0 (349): its records, left 0 and 1, add up to 350." == verdict.sentence
    assert "右表第 0 行（349）：其记录左表第 0、1 行合计 350。" == verdict.sentence_zh
    assert verdict.sentence in str(result.explain(left=1))


def test_both_sides_of_a_key_are_summed_n_to_m():
    rule = Rule("batch", on=[Exact("batch"), Total("amount")], pairing="n:m")

    result = match(rule, [*lines(100, 50), *lines(1, 2, batch="B2")], [*lines(120, 30), *lines(4, batch="B2")])

    assert [(0, 0), (0, 1), (1, 0), (1, 1)] == result.pairs.select("left", "right").rows()
    assert {CONFIRMED} == set(result.pairs["status"])
    assert [(0, (1,), "unique"), (2, (), "none")] == [(one.position, one.beside, one.answer) for one in result.verdicts]


def test_n_to_m_wants_every_pair_to_pass_the_gates():
    rule = Rule("batch", on=[Exact("batch"), Total("amount")], given=[Near("day", days=2)], pairing="n:m")

    result = match(rule, [line(100, day=1), line(50, day=3)], [line(120, day=2), line(30, day=9)])

    assert result.pairs.is_empty()
    assert [(0, "none", 0)] == answers(result)


def test_gates_say_which_lines_are_in_a_sum():
    rule = Rule("day", on=[Exact("batch"), Total("amount")], given=[Near("day", days=1)], pairing="n:1")

    result = match(rule, [line(1, day=1), line(2, day=2), line(4, day=9)], [line(3, day=1), line(4, day=10)])

    assert [(0, 0), (1, 0), (2, 1)] == result.pairs.select("left", "right").rows()
    assert {CONFIRMED} == set(result.pairs["status"])


@pytest.mark.parametrize(
    ("bounds", "deposit", "fits"),
    [
        ({"by": 2}, 98, True),
        ({"by": 2}, 97, False),
        ({"by": 2}, 102, True),
        ({"by": 2}, 103, False),
        ({"after": 2}, 102, True),
        ({"after": 2}, 99, False),
        ({"before": 2}, 98, True),
        ({"before": 2}, 101, False),
        ({"percent": 2}, 102, True),
        ({"percent": 2}, 103, False),
        ({"percent": 2, "by": 5}, 95, True),
    ],
)
@pytest.mark.parametrize("condition", [Total, Subset])
def test_the_tolerance_counts_from_the_left_sum_bounds_included(condition, bounds, deposit, fits):
    key = [Exact("batch")] if condition is Total else []
    rule = Rule("batch", on=[*key, condition("amount", **bounds)], pairing="n:1")
    mirror = Rule("batch", on=[*key, condition("amount", **bounds)], pairing="1:n")

    assert fits == bool(match(rule, lines(1000, 60, -960), lines(deposit)).pairs.height)
    there = match(mirror, lines(100), lines(deposit - 1040, 1000, 40)).pairs.height
    assert fits == bool(there)


def test_a_deposit_that_stands_twice_is_matched_once():
    twice = [line(57, note="second"), line(57, note="first")]

    result = match(BATCH, lines(50, 7), twice)

    assert [(0, 1), (1, 1)] == result.pairs.select("left", "right").rows()  # its other columns decide which one
    assert [0] == result.right_only.to_list()
    assert [(1,), (0,)] == [verdict.rivals for verdict in result.verdicts]


def test_different_deposits_that_the_same_lines_make_are_suggested():
    rule = Rule("batch", on=[Exact("batch"), Total("amount", by=1)], pairing="n:1")

    result = match(rule, lines(50, 7), lines(57, 58))

    assert {(SUGGESTED, 0.5)} == set(result.pairs.select("status", "score").rows())
    assert 4 == result.pairs.height


@pytest.mark.parametrize("pairing", ["n:1", "n:m"])
def test_a_group_with_an_unknown_amount_does_not_add_up(pairing):
    rule = Rule("batch", on=[Exact("batch"), Total("amount")], pairing=pairing)

    result = match(rule, lines(100, None), lines(100))

    assert result.pairs.is_empty()
    (verdict,) = result.verdicts
    assert ("none", None) == (verdict.answer, verdict.total)
    assert "have no sum: an amount or its currency is not known" in verdict.sentence


@pytest.mark.parametrize("codes", [("CNY", "HKD"), ("CNY", None), (None, None)])
def test_amounts_of_several_or_unknown_currencies_do_not_add_up(codes):
    ours = [line(amount, currency=code) for amount, code in zip((60, 40), codes, strict=True)]

    for rule in (BATCH, DEPOSIT):
        assert match(rule, ours, [line(100, currency="CNY")]).pairs.is_empty()
        assert match(rule, ours, [line(100)]).pairs.is_empty()


def test_plain_amounts_without_currency_are_just_numbers():
    assert {CONFIRMED} == set(match(BATCH, lines(60, 40), [line(100, currency="CNY")]).pairs["status"])


def test_minor_units_meet_a_plain_amount_in_its_currency():
    ours = pl.DataFrame({"batch": ["a", "a"], "amount_minor": [100, 250], "currency": ["CNY", "CNY"]})
    theirs = pl.DataFrame({"batch": ["a"], "amount": [Decimal("3.50")], "currency": ["CNY"]})

    assert {CONFIRMED} == set(match(BATCH, ours, theirs).pairs["status"])


def test_lines_of_no_amount_belong_to_their_batch():
    result = match(BATCH, lines(100, 0), lines(100))

    assert [(0, 0, CONFIRMED, "sum of 2"), (1, 0, CONFIRMED, "sum of 2")] == links(result)


# --- Subset ---


def test_the_only_lines_that_make_a_deposit_are_confirmed():
    result = match(DEPOSIT, lines(110, 230, 470, 990, -40), lines(1060))

    assert [(at, 0, CONFIRMED, "sum of 3") for at in (0, 3, 4)] == links(result)
    (verdict,) = result.verdicts
    assert ("unique", 1, ((0, 3, 4),), 5) == (verdict.answer, verdict.count, verdict.solutions, verdict.field)
    assert "Right 0 (1060): of 5 records only, left 0, 3 and 4, add up to 1060." == verdict.sentence
    assert "右表第 0 行（1060）：5 条记录中只有左表第 0、3、4 行合计 1060。" == verdict.sentence_zh


def test_a_deposit_that_can_be_made_in_two_ways_is_suggested():
    result = match(DEPOSIT, lines(100, 50, 150, 7), lines(150))

    assert [
        (0, 0, SUGGESTED, "in 1 of 2 sums"),
        (1, 0, SUGGESTED, "in 1 of 2 sums"),
        (2, 0, SUGGESTED, "in 1 of 2 sums"),
    ] == links(result)
    (verdict,) = result.verdicts
    assert ("several", 2, ((2,), (0, 1))) == (verdict.answer, verdict.count, verdict.solutions)
    assert "Right 0 (150): 2 sums of 4 left records fit; a person decides." == verdict.sentence


def test_a_sale_and_its_full_refund_make_two_ways():
    assert [(0, "several", 2)] == answers(match(DEPOSIT, lines(100, 60, -60), lines(100)))


def test_a_deposit_that_nothing_makes_says_so():
    result = match(DEPOSIT, lines(100, 50), lines(151))

    assert result.pairs.is_empty()
    assert ["Right 0 (151): no sum of 2 left records fits."] == [one.sentence for one in result.verdicts]


def test_a_search_that_stops_claims_nothing():
    dice = Random(3)
    amounts = [dice.randrange(10**5, 10**7) for _ in range(120)]
    rule = Rule("deposit", on=[Subset("amount", max_work=5_000)], pairing="n:1")

    result = match(rule, lines(*amounts), lines(sum(amounts[:6])))

    assert result.pairs.is_empty()
    (verdict,) = result.verdicts
    assert ("stopped", None) == (verdict.answer, verdict.count)
    assert "stopped at its limit" in verdict.sentence
    assert "停止" in verdict.sentence_zh


def test_lines_that_are_alike_make_no_second_way():
    result = match(DEPOSIT, lines(100, 100, 30), lines(130))

    assert [(0, 0, CONFIRMED, "sum of 2"), (2, 0, CONFIRMED, "sum of 2")] == links(result)
    assert [1] == result.left_only.to_list()


def test_which_of_the_lines_that_are_alike_is_taken_the_rest_of_their_rows_decides():
    notes = [line(100, note="z"), line(100, note="a"), line(30, note="q")]

    for rows in (notes, notes[::-1]):
        result = match(DEPOSIT, rows, lines(130))
        assert {"a", "q"} == {rows[at]["note"] for at in result.pairs["left"]}


def test_lines_of_one_amount_that_differ_otherwise_make_two_ways():
    rule = Rule("deposit", on=[Subset("amount")], given=[Near("day", days=3)], pairing="n:1")

    assert [(0, "several", 2)] == answers(match(rule, [line(100, day=1), line(100, day=2), line(30)], lines(130)))


def test_a_single_line_is_a_sum_like_any_other():
    assert [(0, 0, CONFIRMED, "sum of 1")] == links(match(DEPOSIT, lines(130, 60), lines(130)))
    assert [(0, "several", 2)] == answers(match(DEPOSIT, lines(130, 60, 70), lines(130)))


def test_lines_of_nothing_and_of_unknown_amount_are_in_no_sum():
    result = match(DEPOSIT, lines(100, 0, None, 30), lines(130, None))

    assert [0, 3] == result.pairs["left"].to_list()
    assert [(0, "unique", 1), (1, "none", 0)] == answers(result)
    assert "an amount or its currency is not known" in result.verdicts[1].sentence


def test_gates_cut_the_field_before_the_search():
    rule = Rule("deposit", on=[Subset("amount")], given=[Near("day", days=3), Same("shop")], pairing="n:1")
    ours = [
        line(100, day=1, shop="a"),
        line(50, day=2, shop="a"),
        line(150, day=9, shop="a"),
        line(150, day=1, shop="b"),
    ]

    result = match(rule, ours, [line(150, day=2, shop="a")])

    assert [(0, 0, CONFIRMED, "sum of 2"), (1, 0, CONFIRMED, "sum of 2")] == links(result)


def test_deposits_that_claim_one_line_contradict_each_other():
    result = match(DEPOSIT, lines(100, 30, 9), lines(130, 109))

    assert {(0, 0), (1, 0), (0, 1), (2, 1)} == set(result.pairs.select("left", "right").rows())
    assert {(SUGGESTED, "sum of 2", 0.45)} == set(result.pairs.select("status", "evidence", "score").rows())
    assert [(1,), (0,)] == [verdict.rivals for verdict in result.verdicts]


def test_deposits_that_are_alike_are_served_as_far_as_the_lines_go():
    result = match(DEPOSIT, lines(100, 100, 30, 30), lines(130, 130, 130))

    assert [(0, 0), (2, 0), (1, 1), (3, 1)] == result.pairs.select("left", "right").rows()
    assert [2] == result.right_only.to_list()
    assert [(), (), (0, 1)] == [verdict.rivals for verdict in result.verdicts]


def test_all_lines_of_a_key_beat_fewer_of_them():
    rule = Rule("deposit", on=[Exact("batch"), Subset("amount", max_size=2)], pairing="n:1")

    whole = match(rule, lines(100, 60, -60), lines(100))
    part = match(rule, lines(100, 60, -60, 7), lines(100))

    assert [(at, 0, CONFIRMED, "sum of 3") for at in range(3)] == links(whole)
    assert whole.verdicts[0].is_whole
    assert [(0, 0, CONFIRMED, "sum of 1")] == links(part)


def test_more_ways_than_are_shown_are_counted():
    rule = Rule("deposit", on=[Subset("amount", max_size=2, max_shown=3)], given=[Near("day", days=9)], pairing="n:1")
    ours = [line(50, day=day) for day in range(1, 7)]

    result = match(rule, ours, lines(100))

    (verdict,) = result.verdicts
    assert ("several", 15, 3) == (verdict.answer, verdict.count, verdict.shown)
    assert {SUGGESTED} == set(result.pairs["status"])
    assert all("of 3 shown, of 15 sums" in words for words in result.pairs["evidence"])


def test_fifty_lines_make_most_sums_in_several_ways():
    dice = Random(7)
    amounts = [round(dice.lognormvariate(9, 1)) for _ in range(50)]

    result = match(
        Rule("deposit", on=[Subset("amount", max_size=8)], pairing="n:1"), lines(*amounts), lines(sum(amounts[:4]))
    )

    (verdict,) = result.verdicts
    assert "several" == verdict.answer
    assert verdict.count > 1_000
    assert all(sum(amounts[at] for at in way) == sum(amounts[:4]) for way in verdict.solutions)


# --- in a waterfall ---


def test_a_deposit_that_a_sum_explains_takes_no_more_lines():
    later = Rule("by batch", on=[Exact("batch")], pairing="n:1")
    ours = [line(60, day=1), line(40, day=1), line(9, day=5)]
    rule = Rule("batch", on=[Exact("batch"), Total("amount")], given=[Near("day", days=1)], pairing="n:1")

    result = match([rule, later], ours, lines(100))

    assert [2] == result.left_only.to_list()


def test_a_sum_that_contradicts_an_earlier_suggestion_is_doubted_as_a_whole():
    first = Rule("damaged", on=[Fuzzy("no", edits=1)], pairing="1:1")
    ours = [line(60, no="SF1000000001"), line(40, no="XX2000000002")]
    theirs = [line(100, no="ZZ3000000003"), line(60, batch="B9", no="SF1000000002")]

    result = match([first, BATCH], ours, theirs)

    assert {(0, 1, SUGGESTED), (0, 0, SUGGESTED), (1, 0, SUGGESTED)} == set(
        result.pairs.select("left", "right", "status").rows()
    )


def test_a_sum_may_settle_what_an_earlier_one_left_open():
    rules = [DEPOSIT, BATCH]

    result = match(rules, [*lines(100, 50), line(150, batch="B2")], lines(150))

    assert [(0, 0), (1, 0)] == result.pairs.filter(pl.col("status") == CONFIRMED).select("left", "right").rows()


def test_a_rule_that_may_not_confirm_suggests_its_sums():
    rule = Rule("deposit", on=[Subset("amount")], pairing="n:1", confirm=False)

    assert [(0, 0, SUGGESTED, "sum of 2"), (1, 0, SUGGESTED, "sum of 2")] == links(match(rule, lines(7, 8), lines(15)))


@pytest.mark.parametrize("rule", [BATCH, DEPOSIT])
def test_every_record_under_a_rule_with_a_sum_can_be_explained(rule):
    result = match(rule, lines(100, 50, 3), lines(150, 8))

    assert "matched with right 0" in result.explain(left=0).sentence or rule is BATCH
    for at in range(3):
        assert str(result.explain(left=at))
    for at in range(2):
        assert str(result.explain(right=at))


def test_too_many_lines_for_too_many_deposits_are_refused():
    ours = [line(at + 1) for at in range(20)]

    with pytest.raises(MatcherError, match="400 candidate pairs, more than max_candidates=100"):
        match(DEPOSIT, ours, [line(at + 1000) for at in range(20)], max_candidates=100)


def test_too_many_suggestions_among_records_that_are_alike_are_refused():
    ours = [*lines(100) * 12, *lines(100, shop="b") * 12]
    rule = Rule("deposit", on=[Subset("amount", max_size=2)], pairing="n:1")
    seen = Rule("sees the shop", on=[Exact("shop")])

    with pytest.raises(MatcherError, match="too many records that are alike could be meant"):
        match([rule, seen], ours, [line(100, shop="c")] * 12, max_candidates=100)


def test_many_searches_share_out_their_work():
    dice = Random(9)
    amounts = [dice.randrange(10**5, 10**7) for _ in range(40)]
    rule = Rule("deposit", on=[Subset("amount", max_size=6, max_work=10_000)], pairing="n:1")
    deposits = [sum(dice.sample(amounts, 3)) for _ in range(300)]

    result = match(rule, lines(*amounts), lines(*deposits))

    assert "stopped" in {verdict.answer for verdict in result.verdicts}
    assert 300 == len(result.verdicts)


# --- built wrongly ---


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: Rule("r", on=[Total("a")], pairing="n:1"), "needs a key that says what belongs together"),
        (lambda: Rule("r", on=[Exact("k"), Total("a")]), "sums many records, and the pairing is 1:1"),
        (lambda: Rule("r", on=[Subset("a")]), "sums many records, and the pairing is 1:1"),
        (
            lambda: Rule("r", on=[Subset("a")], pairing="n:m"),
            "finds what adds up to one record, and the pairing is n:m",
        ),
        (lambda: Rule("r", on=[Exact("k"), Total("a"), Subset("a")], pairing="n:1"), "a rule has one sum at most"),
        (
            lambda: Rule("r", on=[Fuzzy("k"), Total("a")], pairing="n:1"),
            "a sum stands beside keys that are equal, got Fuzzy('k', edits=1)",
        ),
        (lambda: Subset("a", max_size=0), "max_size=0 is impossible; a whole number from 2 to 12"),
        (lambda: Subset("a", max_size=1), "max_size=1 is no sum: one record equals one"),
        (lambda: Subset("a", max_size=13), "max_size=13 is impossible"),
        (lambda: Subset("a", max_size=2.0), "max_size=2.0 is impossible"),
        (lambda: Subset("a", max_shown=1), "max_shown=1 is impossible; a whole number from 2 to 1,000"),
        (lambda: Subset("a", max_work=10**9), "max_work=1000000000 is impossible; a whole number from 1 to 20,000,000"),
        (lambda: Total("a", by=0.5), "by=0.5 is float; a tolerance is exact"),
        (lambda: Total("a", by=-1), "by=-1 is impossible; a tolerance is a number from 0 to"),
        (lambda: Total("a", by="x"), "by='x' is not a number"),
        (lambda: Total("a", by="0.00000000001"), "by=0.00000000001 has more than 9 decimals"),
        (lambda: Total("a", percent=100), "percent=100 is impossible; a tolerance is a number from 0 to below 100"),
        (lambda: Total("a", by=1, after=1), "by and after exclude each other"),
        (Total, "columns are named once for both sides"),
    ],
)
def test_a_sum_that_makes_no_sense_is_refused_when_it_is_built(build, text):
    with pytest.raises(MatcherError) as caught:
        build()

    assert text in str(caught.value)


def test_only_exact_numbers_add_up():
    with pytest.raises(WrongColumnType, match="only numbers add up, the columns hold text"):
        match(BATCH, lines("x"), lines("x"))
    with pytest.raises(WrongColumnType, match="floats are not compared"):
        match(BATCH, lines(1.5), lines(1))


def test_sums_too_large_to_be_exact_are_refused():
    huge = pl.DataFrame({"batch": ["B1"] * 9, "amount": pl.Series([Decimal(9) * 10**36] * 9, dtype=pl.Decimal(38, 0))})

    with pytest.raises(WrongColumnType, match="too large to be compared exactly"):
        match(BATCH, huge, huge.clone())


@pytest.mark.parametrize(
    "condition",
    [Total("a"), Total("a", by=2, percent=1), Total(left="x", right="y", after=3), Subset("a", max_size=4, max_work=9)],
)
def test_a_sum_is_written_as_it_reads(condition):
    assert condition == eval(repr(condition), {"Total": Total, "Subset": Subset})  # noqa: S307 - our own text
