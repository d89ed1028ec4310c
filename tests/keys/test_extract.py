"""Ids inside free text: the remarks of a real Alipay account, and the column finding the same."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.keys import FoundId, IdKind, extract_all_expr, extract_expr, extract_ids

REMARKS = [
    (
        "代扣款（扣款用途：淘宝联盟佣金代扣 tradeid:3302710287203084298 memberid:3792292908 fee:0.49）",
        [("order", "3302710287203084298")],
    ),
    ("支付宝转账小额打款-关联订单号：3303671307562048393", [("order", "3303671307562048393")]),
    ("淘宝天猫跨境服务增值费(3308892457653023287)端内扣款", [("order", "3308892457653023287")]),
    ("品牌新享-首单拉新计划(KY_ITEM)(5120387031775045818)扣款", [("order", "5120387031775045818")]),
    (
        "代扣款（赔付单号：CH202606260001，运单号：435233529604913，付款方：某公司(a@example.com)）",
        [("claim", "CH202606260001"), ("tracking", "435233529604913")],
    ),
    ("T200P5116032541422009305", [("order", "5116032541422009305")]),
    ("T50060P5116032541422009305", []),
    ("技术服务费【5116032541422009305】", [("order", "5116032541422009305")]),
    ("{5116032541422009305}", [("order", "5116032541422009305")]),
    ("订单号5116032541422009305扣款", [("order", "5116032541422009305")]),
    ("订单编号：260531-662941284701219", [("order", "260531-662941284701219")]),
    ("refund for 112-5296892-7513800", [("order", "112-5296892-7513800")]),
    ("退款单号：202605130001234", [("refund", "202605130001234")]),
    ("顺丰快递ｓｆ１３８５６２８７１６７３９已签收", [("tracking", "SF1385628716739")]),
    (
        "SF1385628716739 SF1385628716740,JT5029183746201",
        [("tracking", "SF1385628716739"), ("tracking", "SF1385628716740"), ("tracking", "JT5029183746201")],
    ),
    ("快递单号JDX024407261700-1", [("tracking", "JDX024407261700-1")]),
    ("UPS 1Z5R89390357567127 lost", [("tracking", "1Z5R89390357567127")]),
    ("运单号码 :  773277027280336", [("tracking", "773277027280336")]),
]


@pytest.mark.parametrize(("remark", "ids"), REMARKS)
def test_remarks_give_the_ids_they_name(remark, ids):
    assert ids == [(found.kind.value, found.value) for found in extract_ids(remark)]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "退差价",
        "0010001|交易收款-交易收款",
        "FP301_8587437774500402",  # a payout serial, not an order
        "淘宝联盟推广佣金返还 memberid:3792292908 fee:0.46 batchno:H_UGP_3792292908_MRAD20260608_0_",
        "5116032541422009305",  # a bare number says nothing of itself
        "ASF1385628716739",
        "SF13856287167390",
        "\ud800",
    ],
)
def test_what_no_rule_vouches_for_is_not_taken(text):
    expected = ()
    assert expected == extract_ids(text)


def test_the_span_points_into_the_text_as_it_was_given():
    text = "运单号：ｓｆ１３８５６２８７１６７３９。"

    (found,) = extract_ids(text)

    assert FoundId(kind=IdKind.TRACKING, value="SF1385628716739", start=4, end=19, rule="运单号") == found
    expected = "ｓｆ１３８５６２８７１６７３９"
    assert expected == text[found.start : found.end]


def test_one_place_counts_once_for_each_kind():
    expected = [("order", 5)]
    assert expected == [(found.kind.value, found.start) for found in extract_ids("T200P5116032541422009305")]


def test_one_place_may_be_an_id_of_two_kinds():
    expected = {("order", "5116032541422009305"), ("tracking", "T200P5116032541422009305")}
    assert expected == {(found.kind.value, found.value) for found in extract_ids("运单号：T200P5116032541422009305")}


PIECES = st.sampled_from(
    [remark for remark, _ in REMARKS]
    + [
        "运单号",
        "订单号：",
        "tradeid:",
        "(",
        ")",
        "【",
        "】",
        "-1",
        "_",
        " ",
        "，",
        "SF1385628716739",
        "5116032541422009305",
        "１２３",
        "x",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | st.lists(PIECES, max_size=6).map("".join), max_size=12))
def test_columns_and_scalars_agree(texts):
    frame = pl.DataFrame({"memo": pl.Series(texts, dtype=pl.String)})

    for kind in IdKind:
        found = [{one.value for one in extract_ids(text) if one.kind is kind} for text in texts]
        every = frame.select(extract_all_expr(pl.col("memo"), kind))["memo"].to_list()
        first = frame.select(extract_expr(pl.col("memo"), kind))["memo"].to_list()
        assert [None if text is None else ids for text, ids in zip(texts, found, strict=True)] == [
            None if ids is None else set(ids) for ids in every
        ]
        assert [one is not None for one in first] == [bool(ids) for ids in found]
        assert all(one is None or one in ids for one, ids in zip(first, found, strict=True))
