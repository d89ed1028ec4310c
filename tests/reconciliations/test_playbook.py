"""Playbooks of other packages: found by entry point, held to the same, and told clearly where they are wrong."""

import sys
from importlib.metadata import EntryPoint

import pytest

from tieout.errors import InputError, PluginError
from tieout.reconciliations._common import playbook
from tieout.reconciliations._common.playbook import play_of, plays

WHOLE = """
["{kind}"]
title = "a card of the club is missing"
zh = "会员卡缺失"
owner = "club_desk"
days = 2
severity = "medium"
party = "internal"
reason = "{{card_no}} is missing"
reason_zh = "会员卡 {{card_no}} 缺失"
step = "ask the desk"
step_zh = "询问前台"
"""


@pytest.fixture
def bring(tmp_path, monkeypatch):
    """Make a package with a playbook known, as its entry point would; the playbook is read anew before and behind the test."""

    def known(text, *, value="clubplays", file="club.toml"):
        package = tmp_path / "clubplays"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text("")
        (package / file).write_text(text, "utf-8")
        point = EntryPoint(name="club", value=value, group="tieout.playbooks")
        monkeypatch.setattr("tieout._discovery.entry_points", lambda group: [point] if group == point.group else [])
        playbook.plays.cache_clear()

    monkeypatch.syspath_prepend(tmp_path)
    yield known
    playbook.plays.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] in {"clubplays", "clubmodule"}]:
        del sys.modules[name]


def test_types_of_another_package_stand_beside_ours(bring):
    ours = set(plays())
    bring(WHOLE.format(kind="club.card_missing"))

    assert {"club.card_missing"} == set(plays()) - ours
    assert ("club_desk", 2, ("card_no",)) == (
        play_of("club.card_missing").owner,
        play_of("club.card_missing").days,
        play_of("club.card_missing").fields,
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (WHOLE.format(kind="payout.missing"), r"another file of the playbook has payout\.missing too"),
        ('["club.card"]\ntitle = "x"\n', r"club\.card lacks zh, owner"),
        (WHOLE.format(kind="club.card") + 'colour = "red"\n', r"unknown entries colour"),
        (WHOLE.format(kind="club.card").replace("medium", "bad"), r"(?s)says 'bad'.*one of .*critical"),
        (WHOLE.format(kind="club.card").replace("internal", "us"), r"(?s)says 'us'.*one of .*courier"),
        ("title = 3\n", r"title has no table of its own"),
        ("= 3\n", r"is not TOML"),
    ],
    ids=["taken", "lacks", "unknown", "severity", "party", "no table", "not TOML"],
)
def test_a_playbook_that_is_wrong_is_refused_with_file_and_type(bring, text, problem):
    bring(text)

    with pytest.raises(InputError, match=problem) as refused:
        plays()

    assert "club.toml" in str(refused.value)


def test_a_package_that_is_not_there_is_named(bring):
    bring("", value="clubplays.nowhere")

    with pytest.raises(PluginError, match="clubplays"):
        plays()


def test_a_module_is_no_package(bring, tmp_path):
    (tmp_path / "clubmodule.py").write_text("")
    bring("", value="clubmodule")

    with pytest.raises(PluginError, match="is a package with TOML files in it"):
        plays()
