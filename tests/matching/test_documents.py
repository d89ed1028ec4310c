"""Matchers, rules and conditions as plain data and as TOML."""

import inspect
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import get_type_hints

import attrs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tieout.errors import MatcherError
from tieout.matching import (
    BusinessDays,
    Contains,
    Damaged,
    Exact,
    Fuzzy,
    Matcher,
    Near,
    Pairing,
    Rule,
    Same,
    Subset,
    Total,
)
from tieout.matching._documents import CONDITIONS, _class_in, _kinds
from tieout.matching.conditions._base import Gate, Key, Sum

OCTOBER = BusinessDays(holidays=[date(2026, 10, 1)], workdays=[date(2026, 10, 10)], weekend=(5, 6))
SAMPLES = [
    Exact("k"),
    Exact("k", "s", normalise=False),
    Exact(left="k", right="w"),
    Exact(left=["k", "s"], right=["w", "t"]),
    Fuzzy("k", edits=2),
    Fuzzy(left="k", right="w"),
    Near("a", by=0),
    Near("a", by="0.050"),
    Near("a", by=Decimal("1E+3"), percent="2.5"),
    Near("t", by=timedelta(days=1, hours=2, microseconds=30)),
    Near("t", by=timedelta(microseconds=1)),
    Near("d", days=5),
    Near("d", days=5, calendar=OCTOBER),
    Near("d", days=0, calendar=BusinessDays()),
    Near("d", after=5, before=1),
    Near("d", before=timedelta(hours=1)),
    Near(left="g", right="kg", by=50, right_times=1000),
    Contains(left="k", right="w"),
    Contains("k", text="left", min_length=8),
    Contains(left="k", right="memo"),
    Subset("a", max_size=3),
    Total("a", by="0.05"),
    Damaged("k"),
    Damaged(left="k", right="w", harms=["zeros", "rounding"]),
    Same("s"),
    Same("s", "t"),
    Same(left=["s", "t"], right=["u", "t"]),
]


@pytest.mark.parametrize("condition", SAMPLES, ids=repr)
def test_a_condition_comes_back_as_it_went(condition):
    data = condition.to_dict()

    assert condition == type(condition).from_dict(json.loads(json.dumps(data)))
    assert {type(value) for value in data.values()} <= {str, int, bool, list, dict}


def test_what_a_constructor_fills_in_is_not_written():
    assert {"condition": "damaged", "name": "k"} == Damaged("k").to_dict()
    assert {"condition": "near", "name": "d", "before": "1"} == Near("d", after=0, before=1).to_dict()


def conditions():
    return [_class_in(leaf.load()) for leaf in CONDITIONS.leaves().values()]


ARGUMENTS = {
    bool: st.booleans(),
    int: st.integers(0, 9),
    str: st.sampled_from(["a", "订单号", "with space", "P1D", "7"]),
    Decimal: st.decimals(0, 99, places=2),
    timedelta: st.timedeltas(timedelta(0), timedelta(days=9)),
    date: st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    BusinessDays: st.just(OCTOBER),
}


@st.composite
def arguments(draw, kind):
    """Arguments that fit the annotations of a constructor, few of them beside the columns."""
    hints = get_type_hints(kind.__init__)
    parameters = inspect.signature(kind).parameters
    named = {"name", "names", "left", "right"} & set(parameters)
    others = sorted(set(parameters) - named)
    chosen = draw(st.sets(st.sampled_from(others), max_size=2)) if others else set()
    chosen |= {name for name in others if parameters[name].default is inspect.Parameter.empty}
    given = {}
    for name in chosen:
        known = [ARGUMENTS[each] for each in _kinds(hints[name]) if each in ARGUMENTS]
        if {Sequence, Iterable} & set(_kinds(hints[name])):
            known.append(st.lists(ARGUMENTS[str], min_size=1, max_size=2))
        given[name] = draw(st.one_of(*known))
    columns = draw(st.lists(ARGUMENTS[str], min_size=1, max_size=2, unique=True))
    if draw(st.booleans()):
        return (), {**given, "left": columns[0], "right": columns[-1]}
    is_many = "names" in parameters
    return tuple(columns if is_many else columns[:1]), given


@pytest.mark.parametrize("kind", conditions(), ids=lambda kind: kind.__name__)
@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_every_condition_of_the_room_comes_back_as_it_went(kind, data):
    positional, named = data.draw(arguments(kind))
    try:
        condition = kind(*positional, **named)
    except (MatcherError, TypeError):
        assume(False)

    again = kind.from_dict(condition.to_dict())

    assert (condition, hash(condition)) == (again, hash(again))


@pytest.mark.parametrize("kind", conditions(), ids=lambda kind: kind.__name__)
def test_every_condition_of_the_room_remembers_its_arguments(kind):
    arguments = set(inspect.signature(kind).parameters) - {"name", "names", "left", "right"}

    assert arguments <= {field.name for field in attrs.fields(kind)}


RULES = [
    Rule("same parcel", on=[Exact("k")], given=[Near("a", by="0.05")]),
    Rule(
        "damaged",
        on=[Exact("s"), Fuzzy("k")],
        given=[Near("d", days=3, calendar=OCTOBER), Same("s", "t")],
        pairing="n:1",
    ),
    Rule("for a person", on=[Exact(left="k", right="w")], pairing="n:m", confirm=False),
    Rule("beyond doubt", on=[Exact("k", "s")], doubt=False),
]


@pytest.mark.parametrize(
    "matcher",
    [
        Matcher(RULES),
        Matcher(RULES[:1], max_candidates=5, wrong_share="0.01", calibrate=False),
        Matcher.standard(key="运单号", amount="amount", date="day", also=["shop"]),
    ],
)
def test_a_matcher_comes_back_as_it_went(matcher, tmp_path):
    path = tmp_path / "rules.toml"
    matcher.save(path)
    found = [
        Matcher.from_dict(json.loads(json.dumps(matcher.to_dict()))),
        Matcher.from_toml(matcher.to_toml()),
        Matcher.load(path),
    ]

    assert [matcher] * 3 == found
    assert {hash(matcher)} == set(map(hash, found))
    assert matcher.to_toml() == found[1].to_toml() == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("pairing", list(Pairing))
@pytest.mark.parametrize("condition", SAMPLES, ids=repr)
def test_every_condition_comes_back_inside_a_matcher(condition, pairing):
    sums = [condition] if isinstance(condition, Sum) else []
    gates = [condition] if isinstance(condition, Gate) else []
    keys = [condition] if isinstance(condition, Key) else [Exact("other")]
    if sums and (pairing is Pairing.ONE_TO_ONE or (isinstance(condition, Subset) and pairing is Pairing.MANY_TO_MANY)):
        pairing = Pairing.ONE_TO_MANY  # what a sum can do
    matcher = Matcher([Rule("r", on=[*keys, *sums], given=gates, pairing=pairing)])

    assert condition in (*matcher.rules[0].on, *matcher.rules[0].given)
    assert matcher == Matcher.from_dict(json.loads(json.dumps(matcher.to_dict())))
    assert matcher == Matcher.from_toml(matcher.to_toml())


def test_a_subset_alone_comes_back():
    matcher = Matcher([Rule("deposit", on=[Subset("a", by="0.05")], pairing="n:1")])

    assert matcher == Matcher.from_toml(matcher.to_toml())


@settings(max_examples=30)
@given(st.lists(st.sampled_from(SAMPLES), min_size=1, max_size=4, unique=True), st.text(min_size=1, max_size=9))
def test_rules_of_any_conditions_come_back_as_they_went(conditions, name):
    keys = [one for one in conditions if hasattr(one, "bind_key")] or [Exact("other")]
    try:
        rule = Rule(name, on=keys, given=[one for one in conditions if hasattr(one, "bind")])
        matcher = Matcher([rule])
    except MatcherError:
        assume(False)

    assert rule == Rule.from_dict(rule.to_dict())
    assert matcher == Matcher.from_toml(matcher.to_toml())


def test_people_may_write_toml_as_they_like():
    text = """
        version = 1
        [[rules]]
        name = "same parcel"
        pairing = "n:1"
        on = [{ condition = "exact", left = "tracking_no", right = ["waybill"] }]

        [[rules.given]]
        condition = "near"
        name = "amount"
        by = 0.05 # exact, for all that it looks like a float

        [[rules.given]]
        condition = "near"
        name = "ship_date"
        days = 3
        calendar = { holidays = [2026-10-01, "2026-10-02"] }

        [[rules.given]]
        condition = "near"
        name = "shipped_at"
        by = "PT1H30M"
    """
    calendar = BusinessDays(holidays=[date(2026, 10, 1), date(2026, 10, 2)])
    gates = [
        Near("amount", by="0.05"),
        Near("ship_date", days=3, calendar=calendar),
        Near("shipped_at", by=timedelta(minutes=90)),
    ]
    rule = Rule("same parcel", on=[Exact(left="tracking_no", right="waybill")], given=gates, pairing="n:1")

    assert Matcher([rule]) == Matcher.from_toml(text)


def plain(**changes):
    """A matcher as data, one entry of its second gate replaced."""
    gate = {"condition": "near", "name": "d", "days": 1, **changes}
    gate = {name: value for name, value in gate.items() if value != "absent"}
    rule = {
        "name": "r",
        "on": [{"condition": "exact", "names": ["k"]}],
        "given": [{"condition": "same", "names": ["s"]}, gate],
    }
    return {"version": 1, "rules": [rule]}


WRONG = {
    "no version": ({"rules": []}, "version: version 1 is needed, got None"),
    "another version": ({"version": 2, "rules": []}, "version: version 1 is needed, got 2"),
    "no matcher": ([], "a table is needed, got []"),
    "no rules": ({"version": 1}, "rules: Matcher needs this entry"),
    "empty rules": ({"version": 1, "rules": []}, "a matcher needs a list of at least one rule"),
    "rules that are no list": ({"version": 1, "rules": "r"}, "rules: a list is needed, got 'r'"),
    "a rule that is no table": ({"version": 1, "rules": ["r"]}, "rules[0]: a table is needed, got 'r'"),
    "a rule without a name": ({"version": 1, "rules": [{"on": []}]}, "rules[0].name: Rule needs this entry"),
    "a rule without a key": (
        {"version": 1, "rules": [{"name": "r", "on": []}]},
        "rules[0]: rule 'r': a rule needs at least one key",
    ),
    "an unknown entry": ({**plain(), "rule": 1}, "rule: Matcher has no such entry\nHint: did you mean 'rules'?"),
    "what is no part of a matcher": ({**plain(), "left": {}}, "left: Matcher has no such entry"),
    "an unknown argument": (
        plain(dayz=1),
        "rules[0].given[1].dayz: Near has no such entry\nHint: did you mean 'days'?",
    ),
    "an unknown condition": (
        plain(condition="naer"),
        "rules[0].given[1].condition: there is no condition named 'naer'",
    ),
    "no condition": (plain(condition="absent"), "rules[0].given[1].condition: a condition's name is needed, got None"),
    "a key for a gate": (
        plain(condition="exact", name="absent", names=["k"], days="absent"),
        "rules[0].given[1]: this is Exact, and Gate is needed",
    ),
    "a gate for a key": (
        {"version": 1, "rules": [{"name": "r", "on": [{"condition": "same", "names": ["k"]}]}]},
        "rules[0].on[0]: this is Same, and Key or Sum is needed",
    ),
    "a tolerance that is a list": (plain(days=[1]), "rules[0].given[1].days: a whole number or a number as text"),
    "a tolerance that is a table": (plain(days={}), "rules[0].given[1].days: a whole number or a number as text"),
    "a tolerance as float": (plain(days=1.5), "is needed, got 1.5\nHint: write it as text"),
    "a tolerance as boolean": (plain(days=True), "is needed, got True"),
    "a tolerance in words": (plain(days="many"), "rules[0].given[1]: Near('d'): days='many' is not a number"),
    "two tolerances": (plain(by=1), "rules[0].given[1]: Near('d'): by and days exclude each other"),
    "a column that is no text": (plain(name=7), "rules[0].given[1].name: text is needed, got 7"),
    "a calendar that is text": (plain(calendar="CN"), "rules[0].given[1].calendar: a table is needed, got 'CN'"),
    "a holiday that is no date": (
        plain(calendar={"holidays": ["2026-10-32"]}),
        "rules[0].given[1].calendar.holidays[0]: a date as text is needed, got '2026-10-32'",
    ),
    "holidays that are no list": (
        plain(calendar={"holidays": "2026-10-01"}),
        "rules[0].given[1].calendar.holidays: a list is needed, got '2026-10-01'",
    ),
    "an impossible calendar": (
        plain(calendar={"weekend": [1, 2, 3, 4, 5, 6, 7]}),
        "rules[0].given[1].calendar: BusinessDays: every day of the week is off",
    ),
    "a name that is no text": (
        {"version": 1, "rules": [{"name": 1, "on": []}]},
        "rules[0].name: text is needed, got 1",
    ),
    "a bound of another type": (
        {**plain(), "max_candidates": "7"},
        "max_candidates: a whole number is needed, got '7'",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_the_data_is_told_with_its_path(name):
    data, text = WRONG[name]

    with pytest.raises(MatcherError) as caught:
        Matcher.from_dict(data)

    assert text in str(caught.value)


def test_a_file_that_is_no_matcher_is_named(tmp_path):
    path = tmp_path / "rules.toml"
    with pytest.raises(MatcherError, match=r"rules\.toml: there is no such file"):
        Matcher.load(path)
    path.write_bytes(b"version = 1\nrules = \xff")
    with pytest.raises(MatcherError, match=r"rules\.toml: rules are UTF-8 text"):
        Matcher.load(path)
    path.write_text("version = ")
    with pytest.raises(MatcherError, match=r"rules\.toml: this is not valid TOML"):
        Matcher.load(path)
    path.write_text("version = 1\nrules = 3")
    with pytest.raises(MatcherError, match=r"rules\.toml: rules: a list is needed, got 3"):
        Matcher.load(path)


def test_what_cannot_be_read_or_written_is_told(tmp_path):
    matcher = Matcher(RULES)
    with pytest.raises(MatcherError, match="the file cannot be read"):
        Matcher.load(tmp_path)
    with pytest.raises(MatcherError, match=r"rules\.toml: the rules cannot be written"):
        matcher.save(tmp_path / "nothing" / "rules.toml")
    for text in (None, b"version = 1"):
        with pytest.raises(MatcherError, match="TOML text is needed, got "):
            Matcher.from_toml(text)


class Own:
    """A gate of somebody's own, in no room."""

    def bind(self, left, right):
        raise NotImplementedError


def test_a_condition_that_nobody_can_find_cannot_be_written():
    with pytest.raises(MatcherError, match="is Own, which cannot be written as plain data"):
        Rule("r", on=[Exact("k")], given=[Own()]).to_dict()


def test_one_condition_is_not_read_as_another():
    with pytest.raises(MatcherError, match="this is Same, and Near is needed"):
        Near.from_dict(Same("s").to_dict())
