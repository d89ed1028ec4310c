from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from tieout.errors import InputError, MatcherError, MissingColumn, WrongColumnType
from tieout.matching import BusinessDays, Damaged, Exact, Fuzzy, Matcher, Near, Rule, Same
from tieout.model import CourierCharge, Shipment
from tieout.tables import Table

KEY = [Exact("k")]


def built(*rules):
    return Matcher([Rule(f"rule {at}", **terms) for at, terms in enumerate(rules, start=1)])


def on(*keys, given=(), pairing="1:1"):
    return {"on": list(keys), "given": list(given), "pairing": pairing}


SENSELESS = {
    "a repetition": ([on(Exact("k")), on(Exact("k"))], "rule 'rule 2': it is rule 'rule 1' again"),
    "a repetition in another order": (
        [
            on(Exact("k"), given=[Same("s"), Near("a", by=1)]),
            on(Fuzzy("k")),
            on(Exact("k"), given=[Near("a", by="1.0"), Same("s")]),
        ],
        "rule 'rule 3': it is rule 'rule 1' again",
    ),
    "a key twice": ([on(Exact("k"), Exact("k"))], "rule 'rule 1': Exact('k') stands there twice"),
    "a gate twice": ([on(Exact("k"), given=[Same("s"), Same("s")])], "Same('s') stands there twice"),
    "a wider gate beside a narrower one": (
        [on(Exact("k"), given=[Near("a", by=5), Near("a", by=2)])],
        "Near('a', by=5) excludes nothing that Near('a', by=2) lets pass",
    ),
    "days that cover a span": (
        [on(Exact("k"), given=[Near("d", by=timedelta(hours=47)), Near("d", days=2)])],
        "Near('d', days=2) excludes nothing",
    ),
    "a percentage that covers a percentage": (
        [on(Exact("k"), given=[Near("a", by=1, percent=3), Near("a", percent=2)])],
        "Near('a', by=1, percent=3) excludes nothing",
    ),
    "a percentage that covers an amount": (
        [on(Exact("k"), given=[Near("a", by=1, percent=3), Near("a", by=1)])],
        "Near('a', by=1, percent=3) excludes nothing",
    ),
    "bounds that cover bounds": (
        [on(Exact("k"), given=[Near("a", after=3), Near("a", after=4, before=1)])],
        "Near('a', after=4, before=1) excludes nothing",
    ),
    "an attribute asked for twice": (
        [on(Exact("k"), given=[Same("s"), Same("s", "shop")])],
        "Same('s') excludes nothing that Same('s', 'shop') lets pass",
    ),
    "a tolerance for what must be equal": (
        [on(Exact("k", "a"), given=[Near("a", by=1)])],
        "Near('a', by=1) excludes nothing, for the key wants the same column equal",
    ),
    "a key both equal and damaged": (
        [on(Exact("k"), Fuzzy("k"))],
        "Fuzzy('k', edits=1) can find nothing but equal keys, for Exact('k') wants them equal",
    ),
    "a key both equal and harmed": ([on(Exact("k"), Damaged("k"))], "Damaged('k') can find nothing but equal keys"),
    "a damaged key that must be the same": (
        [on(Fuzzy(left="k", right="w"), given=[Same(left="k", right="w")])],
        "can find nothing but equal keys",
    ),
    "a rule after one that shares with all": (
        [on(Exact("k"), pairing="n:m"), on(Exact("k"), given=[Near("a", by=1)])],
        "rule 'rule 2': it can never fire: rule 'rule 1' is n:m and takes every pair that this rule would admit",
    ),
    "a longer key after one that shares with all": (
        [
            on(Exact("k"), given=[Near("a", by=5)], pairing="n:m"),
            on(Exact("k", "s", normalise=False), given=[Near("a", by=2)], pairing="n:1"),
        ],
        "rule 'rule 2': it can never fire",
    ),
}


@pytest.mark.parametrize("name", SENSELESS)
def test_what_can_never_do_anything_is_refused_when_the_matcher_is_built(name):
    rules, text = SENSELESS[name]

    with pytest.raises(MatcherError) as caught:
        built(*rules)

    assert text in str(caught.value)


SENSIBLE = {
    "a stricter rule settles ties of a wider one": [on(Exact("k")), on(Exact("k"), given=[Same("s")])],
    "another pairing": [on(Exact("k")), on(Exact("k"), pairing="n:1")],
    "tolerances that each exclude something": [on(Exact("k"), given=[Near("a", by=5), Near("a", percent=2)])],
    "both ways beside one way": [on(Exact("k"), given=[Near("a", after=3, before=1), Near("a", after=1, before=3)])],
    "days beside business days": [
        on(Exact("d2"), given=[Near("d", days=9), Near("d", days=1, calendar=BusinessDays())])
    ],
    "days beside a number of nobody knows what": [on(Exact("k"), given=[Near("d", days=5), Near("d", after=1)])],
    "columns that differ": [on(Exact("k"), given=[Near("a", by=5), Near(left="a", right="b", by=5)])],
    "one column in two units": [on(Exact("k"), given=[Near("a", by=5), Near("a", by=5, right_times=2)])],
    "a damaged key after the same key alone": [on(Exact("k")), on(Fuzzy("k"), given=[Same("s")])],
    "a damaged key twice, at two distances": [
        on(Fuzzy("k", edits=2), given=[Same("s")]),
        on(Fuzzy("k"), given=[Same("s")]),
    ],
    "after a sharing rule whose pairs a search may doubt": [
        on(Exact("k"), pairing="n:m"),
        on(Fuzzy("k"), given=[Near("a", by=0)]),
        on(Exact("k"), given=[Near("a", by=1)]),
    ],
    "a wider key after one that shares with all": [on(Exact("k", normalise=False), pairing="n:m"), on(Exact("k"))],
    "text as it is beside text in normal form": [on(Exact("k"), given=[Same("k")])],
    "a key equal on one side and damaged on another": [on(Exact(left="k", right="a"), Fuzzy(left="k", right="b"))],
}


@pytest.mark.parametrize("name", SENSIBLE)
def test_what_may_do_something_is_let_be(name):
    assert built(*SENSIBLE[name]).rules


LINE = {"k": pl.String, "a": pl.Int64, "d": pl.Date}
RULE = Rule("r", on=KEY, given=[Near("a", by=1), Near("d", days=2)])
SIDES = {
    "a schema": pl.Schema(LINE),
    "a mapping": LINE,
    "a frame": pl.DataFrame(schema=LINE),
    "a lazy frame": pl.LazyFrame(schema=LINE),
    "mappings": [{"k": "A1000001", "a": 1, "d": date(2026, 1, 1)}],
    "nothing known": None,
}


@pytest.mark.parametrize("right", SIDES)
@pytest.mark.parametrize("left", SIDES)
def test_columns_are_found_before_there_is_anything_to_match(left, right):
    assert Matcher([RULE], left=SIDES[left], right=SIDES[right]) == Matcher([RULE])


def test_records_and_tables_say_which_columns_there_will_be():
    rule = Rule("r", on=[Exact("tracking_no")], given=[Near(left="declared_value", right="amount", by="0.01")])

    Matcher([rule], left=Shipment, right=CourierCharge)
    Matcher([rule], left=Table.from_records([], Shipment), right=CourierCharge)
    with pytest.raises(MissingColumn) as caught:
        Matcher([rule], left=CourierCharge, right=Shipment)

    assert str(caught.value).startswith(
        "rule 'r': left side, Near('declared_value/amount'): column 'declared_value' not found"
    )


@pytest.mark.parametrize(
    ("left", "right", "kind", "text"),
    [
        (
            {"k": pl.String},
            None,
            MissingColumn,
            "rule 'r': left side, Near('a'): column 'a' not found; columns found: 'k'",
        ),
        (None, {**LINE, "d": pl.Datetime}, None, ""),
        (LINE, {**LINE, "d": pl.Datetime}, WrongColumnType, "'d' is Date on the left and 'd' is Datetime"),
        ({**LINE, "a": pl.Float64}, None, WrongColumnType, "column 'a' is float, and floats are not compared"),
        (LINE, {**LINE, "a": pl.String}, WrongColumnType, "'a' is Int64 on the left and 'a' is String on the right"),
        (LINE, {"k": "text"}, InputError, "right side: a schema holds column names with Polars types, got 'k': 'text'"),
        (LINE, {"k": str}, InputError, "a schema holds column names with Polars types"),
        (LINE, str, InputError, "is not a record class"),
        (LINE, "k", InputError, "a frame or a sequence of records is needed, got str"),
        ([{"k": "A", "a": Decimal(1), "d": None}], LINE, None, ""),
    ],
)
def test_a_check_says_what_a_match_would_say(left, right, kind, text):
    matcher = Matcher([RULE])
    if kind is None:
        matcher.check(left, right)
        return
    with pytest.raises(kind) as caught:
        matcher.check(left, right)
    assert text in str(caught.value)

    with pytest.raises(kind) as caught:
        Matcher([RULE], left=left, right=right)
    assert text in str(caught.value)


def test_a_check_before_and_a_match_after_raise_the_same():
    matcher = Matcher([RULE])
    sides = [pl.DataFrame({"k": ["A1000001"], "a": [value]}) for value in (1, "1")]

    with pytest.raises(WrongColumnType) as before:
        matcher.check(*sides)
    with pytest.raises(WrongColumnType) as after:
        matcher.match(*sides)
    assert str(after.value) == str(before.value)


def test_two_searched_keys_are_told_when_the_matcher_is_built():
    with pytest.raises(MatcherError, match="only one key of a rule can be fuzzy"):
        Matcher([Rule("r", on=[Fuzzy("k"), Fuzzy("w")])])
