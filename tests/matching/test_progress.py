import sys

import polars as pl
import pytest

from tieout.errors import MatchCancelled, MatcherError, MissingExtra
from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule
from tieout.matching.progress import Progress

MATCHER = Matcher(
    [
        Rule("same", on=[Exact("k")], given=[Near("a", by=0)]),
        Rule("damaged", on=[Fuzzy("k")], given=[Near("a", by=0)]),
        Rule("alone", on=[Exact("k")]),
    ]
)
LEFT = [{"k": f"SF10{at}{at}{at}45", "a": at} for at in range(6)]
RIGHT = [{"k": "SF1000045", "a": 0}, {"k": "SF1011146", "a": 1}, {"k": "SF1022245", "a": 9}]


def run(progress):
    return MATCHER.match(list(LEFT), list(RIGHT), progress=progress)


def test_the_news_tells_each_rule_before_it_is_tried():
    news = []
    run(news.append)

    assert [("same", 0), ("damaged", 1), ("alone", 2), ("", 3)] == [(each.rule, each.done) for each in news]
    assert Progress(rule="same", done=0, total=3, left_free=6, right_free=3) == news[0]
    assert (5, 2) == (news[1].left_free, news[1].right_free)


@pytest.mark.parametrize("at", range(4))
def test_returning_false_cancels_and_leaves_nothing_half_done(at):
    whole = run(False)
    left, right = pl.DataFrame(LEFT), pl.DataFrame(RIGHT)
    kept = left.clone(), right.clone(), repr(MATCHER), hash(MATCHER)

    with pytest.raises(MatchCancelled) as caught:
        MATCHER.match(left, right, progress=lambda news: news.done != at)

    assert (at, 3) == (caught.value.done, caught.value.total)
    assert kept[0].equals(left)
    assert kept[1].equals(right)
    assert kept[2:] == (repr(MATCHER), hash(MATCHER))
    assert whole.pairs.equals(MATCHER.match(left, right).pairs)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_the_function_raises_reaches_the_caller_as_it_is(error):
    def tell(news):
        if news.done == 1:
            raise error

    with pytest.raises(error):
        run(tell)
    assert run(False).pairs.equals(run(lambda news: None).pairs)


def test_only_false_cancels():
    assert 0 < run(lambda news: 0).pairs.height
    assert 0 < run(lambda news: None).pairs.height


@pytest.mark.parametrize("progress", [True, "bar", "rich"])
def test_a_bar_shows_on_standard_error_and_changes_nothing(progress, capsys):
    whole = run(False).pairs

    assert whole.equals(run(progress).pairs)
    told = capsys.readouterr()
    assert "" == told.out
    assert "left and" in told.err or progress == "rich"  # rich shows nothing but the end where there is no terminal


@pytest.mark.parametrize("progress", ["bar", "rich"])
def test_a_bar_is_closed_when_the_run_fails(progress, monkeypatch):
    failing = Matcher([Rule("r", on=[Exact("k")], pairing="n:m")], max_candidates=1)
    sides = [{"k": "A1000001"}] * 2, [{"k": "A1000001"}] * 2

    for _ in range(2):  # rich refuses a second bar while one is open
        with pytest.raises(MatcherError, match="max_candidates"):
            failing.match(*sides, progress=progress)


@pytest.mark.parametrize(("progress", "package"), [(True, "tqdm"), ("rich", "rich.console")])
def test_a_bar_whose_library_is_missing_says_how_to_get_it(progress, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(MissingExtra) as caught:
        run(progress)

    assert "pip install 'tieout[progress]'" in str(caught.value)


@pytest.mark.parametrize("progress", ["bars", 3, None, []])
def test_an_unknown_progress_is_refused(progress):
    with pytest.raises(MatcherError, match="is unknown"):
        run(progress)
