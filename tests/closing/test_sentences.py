"""Sentences: what stages say is there in both languages, and is kept in both."""

import json
import re
from string import Formatter

import attrs
import pytest

from tieout.closing.sentences import SENTENCES, joined, listed, note, of_check, of_source
from tieout.closing.stored import stage_of, stage_values
from tieout.posting import event_kinds, load_template
from tieout.proof import Check
from tieout.reports import Note, StageReport

CHINESE = re.compile("[\u4e00-\u9fff]")
OFF = Check(name="trial balance: debits", side="turnover", currency="CNY", total=12_345, parts={"credits": 12_300})


def named(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_says_the_same_in_both_languages(key):
    english, chinese = SENTENCES[key]
    assert CHINESE.search(chinese) or key in {"of_file", "run_of"}  # which only frame another
    assert not CHINESE.search(english)
    if key != "ledger_written":  # a ledger says itself in English what it wrote
        assert named(english) == named(chinese)


def test_what_is_said_within_a_sentence_is_said_in_its_language():
    said = note("left_out", name=Note("orders", "订单"), why=note("there_is_no", what=Note("Order", "订单")))
    assert said == Note("orders is left out: there is no Order", "订单 未纳入：缺少订单")


def test_several_are_joined_in_each_language():
    both = joined([Note("Order", "订单"), Note("Widget")], note("and_no"))
    assert both == Note("Order and no Widget", "订单和Widget")


def test_a_figure_that_nobody_translated_stands_as_it_is():
    assert of_source("a.csv", "strange.code", "2 lines").text_zh == "a.csv：strange.code: 2 lines"
    assert of_source("a.csv", "sheet.not_read", "sheets: x").text_zh == "a.csv：有未读取的工作表（sheets: x）"
    assert listed("never heard of") == Note("never heard of")


def test_a_check_is_said_in_chinese_with_its_gap():
    assert of_check(OFF).text == str(OFF)
    assert of_check(OFF).text_zh == "本期发生额：科目余额表：借方：123.45 CNY = 123.00 CNY 贷方：相差 0.45 CNY"
    empty = attrs.evolve(OFF, name="unheard", side="x", total=0, parts={})
    assert of_check(empty).text_zh == "x：unheard：0.00 CNY = 0：相符"


def test_every_reason_why_a_template_posts_nothing_is_translated():
    reasons = {
        reason
        for kind in event_kinds()
        for variant in load_template(kind).variants
        for reason in (variant.memo, variant.review)
        if reason
    }
    assert len(reasons) > 8
    assert [] == [reason for reason in sorted(reasons) if not listed(reason).text_zh]


def test_a_stage_takes_texts_and_notes_and_gives_both_languages():
    stage = StageReport(name="detect", status="done", counts=[("runs", 2)], notes=["plain", note("no_ledger")])
    assert stage.notes == ("plain", "no ledger is configured")
    assert stage.notes_zh == ("plain", "未配置账务系统")
    assert str(stage.said[1]) == "no ledger is configured"


def test_a_stage_is_kept_as_json_in_both_languages():
    stage = StageReport(name="detect", status="done", counts=[("runs", 2)], notes=["plain", note("no_ledger")])
    assert stage_of(json.loads(json.dumps(stage_values(stage)))) == stage


def test_what_an_earlier_version_kept_is_read_without_chinese():
    held = {"name": "detect", "status": "done", "counts": [["runs", 2]], "notes": ["plain", "other"]}
    assert stage_of(held).notes_zh == ("plain", "other")
