import pytest

from tieout.errors import MatcherError
from tieout.matching import Exact, Fuzzy, Near, Pairing, Rule, Same


def test_a_rule_prints_as_it_is_written():
    rule = Rule(
        "same parcel", on=[Exact("no"), Fuzzy("key")], given=[Near("amount", by="0.05"), Same("shop")], pairing="n:1"
    )

    expected = "Rule('same parcel', on=[Exact('no'), Fuzzy('key', edits=1)], given=[Near('amount', by=0.05), Same('shop')], pairing='n:1')"
    assert expected == repr(rule)
    assert "Rule('same', on=[Exact('no')], doubt=False)" == repr(Rule("same", on=[Exact("no")], doubt=False))


@pytest.mark.parametrize(
    ("pairing", "left", "right"),
    [("1:1", False, False), ("1:n", True, False), ("n:1", False, True), ("n:m", True, True)],
)
def test_a_pairing_says_which_side_takes_many(pairing, left, right):
    assert (left, right) == (Pairing(pairing).left_takes_many, Pairing(pairing).right_takes_many)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: Rule("", on=[Exact("k")]), "a rule needs a name"),
        (lambda: Rule(None, on=[Exact("k")]), "a rule needs a name, got None"),
        (lambda: Rule("r", on=[]), "rule 'r': a rule needs at least one key"),
        (lambda: Rule("r", on=Exact("k")), "on= is a list of keys such as Exact or Fuzzy, got Exact('k')"),
        (lambda: Rule("r", on="k"), "on= is a list of keys such as Exact or Fuzzy, got 'k'"),
        (lambda: Rule("r", on=[Near("k", by=0)]), "on= takes keys such as Exact or Fuzzy, got Near('k', by=0)"),
        (
            lambda: Rule("r", on=[Exact("k")], given=[Exact("k")]),
            "given= takes gates such as Near or Same, got Exact('k')",
        ),
        (lambda: Rule("r", on=[Exact("k")], doubt=None), "doubt=None is NoneType; True or False"),
        (lambda: Rule("r", on=[Fuzzy("k")], doubt=False), "rule 'r': doubt=False is for equal keys that are confirmed"),
        (lambda: Rule("r", on=[Exact("s"), Fuzzy("k")], doubt=False), "doubt=False is for equal keys"),
        (lambda: Rule("r", on=[Exact("k")], confirm=False, doubt=False), "doubt=False is for equal keys"),
        (lambda: Rule("r", on=[Exact("k")], pairing="2:1"), "unknown pairing '2:1'; known: 1:1, 1:n, n:1, n:m"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(build, text):
    with pytest.raises(MatcherError) as caught:
        build()

    assert text in str(caught.value)


def test_rules_are_compared_by_what_they_say():
    assert Rule("r", on=[Exact("k")]) == Rule("r", on=[Exact("k")], pairing="1:1")
    assert Rule("r", on=[Exact("k")]) != Rule("r", on=[Exact("k")], pairing="n:1")
    assert Rule("r", on=[Exact("k")]) != Rule("r", on=[Exact("k")], doubt=False)
