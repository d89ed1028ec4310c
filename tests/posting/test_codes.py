"""Codes: the three Chinese systems told apart, and accounts that others are below."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.posting import Chart, CodeSystem, detect_code_system
from tieout.posting.codes import infer_levels, parents_among

OLD = {"1131": "应收账款", "3131": "本年利润", "5101": "主营业务收入", "5501": "营业费用", "2171": "应交税金"}
SMALL = {"1122": "应收账款", "3103": "本年利润", "5001": "主营业务收入", "5601": "销售费用", "4001": "生产成本"}
ENTERPRISE = {"1122": "应收账款", "4103": "本年利润", "5001": "生产成本", "6001": "主营业务收入", "6601": "销售费用"}


@pytest.mark.parametrize(("codes", "system"), [(OLD, "old"), (SMALL, "small_business"), (ENTERPRISE, "enterprise")])
@pytest.mark.parametrize("is_named", [True, False])
def test_the_three_systems_are_told_apart(codes, system, is_named):
    assert system == detect_code_system(codes if is_named else list(codes)).system


@pytest.mark.parametrize(
    ("code", "name", "systems"),
    [
        ("5001", "主营业务收入", ["small_business"]),
        ("5001", "生产成本", ["enterprise"]),
        ("5001", "", ["small_business", "enterprise"]),
        ("5101", "主营业务收入", ["old"]),
        ("5101", "制造费用", ["enterprise"]),
        ("1131", "应收账款", ["old"]),
        ("1131", "应收帐款", ["old"]),
        ("1221", "其它 应收款", ["small_business", "enterprise"]),
        ("1131", "应收股利", ["small_business", "enterprise"]),
        ("4001", "生产成本", ["small_business"]),
        ("4001", "实收资本", ["enterprise"]),
        ("5401", "主营业务成本", ["old", "small_business"]),
        ("5601", "营业外支出", ["old"]),
        ("560105", "运费", ["old", "small_business"]),
        ("560105", "销售费用-运费", ["small_business"]),
        ("5601.05", "销售费用—运费", ["small_business"]),
        ("6001", "我的收入", []),
        ("1002", "银行存款", []),
        ("ABC", "主营业务收入", []),
    ],
)
def test_a_name_decides_where_a_code_has_several_meanings(code, name, systems):
    votes = detect_code_system({code: name}).votes

    assert systems == [system for system in CodeSystem if votes[system]]


def test_codes_that_fit_two_systems_equally_well_are_of_none():
    found = detect_code_system({"1122": "应收账款", "2202": "应付账款"})

    assert found.system is None
    assert ("1122 应收账款: small_business, enterprise", "2202 应付账款: small_business, enterprise") == found.evidence


def test_no_codes_are_of_no_system():
    assert (None, ()) == (detect_code_system([]).system, detect_code_system([]).evidence)


def test_sub_accounts_of_one_account_are_one_witness():
    codes = {f"6601.{at:02}": f"销售费用-{at}" for at in range(20)} | SMALL

    assert CodeSystem.SMALL_BUSINESS is detect_code_system(codes).system


@pytest.mark.parametrize(
    ("chart", "system"), [("cn_small_business", "small_business"), ("cn_enterprise", "enterprise"), ("ifrs", None)]
)
def test_the_shipped_charts_are_of_their_own_system(chart, system):
    assert system == Chart.load(chart).code_system.system


@given(st.sampled_from(["cn_small_business", "cn_enterprise"]), st.data())
def test_no_part_of_a_shipped_chart_is_taken_for_the_other_system(name, data):
    chart = Chart.load(name)
    accounts = data.draw(st.lists(st.sampled_from(sorted(chart.accounts.values(), key=lambda one: one.code))))
    own = CodeSystem(name.removeprefix("cn_"))

    assert detect_code_system({account.code: account.zh for account in accounts}).system in {own, None}


@pytest.mark.parametrize(
    ("codes", "levels", "parents"),
    [
        (["6401", "6401.02"], None, {"6401": "6401.02"}),
        (["2221.01", "2221.01.01"], None, {"2221.01": "2221.01.01"}),
        (["2221", "2221.01.01"], None, {"2221": "2221.01.01"}),
        (["5601-运费", "5601-运费-外"], None, {"5601-运费": "5601-运费-外"}),
        (["1002", "100201", "10020101"], None, {"1002": "100201", "100201": "10020101"}),
        (["1002", "1002001"], None, {"1002": "1002001"}),
        (["1002", "10021"], None, {}),
        (["100", "1001"], None, {}),
        (["1002", "10021"], (4, 1), {"1002": "10021"}),
        (["1002", "100201"], (4, 3), {"1002": "100201"}),
        (["5601.05", "5601.055"], None, {}),
        (["1002"], None, {}),
    ],
)
def test_an_account_with_others_below_is_no_leaf(codes, levels, parents):
    assert parents == parents_among(codes, children=codes, levels=levels)


def test_an_account_above_none_that_is_used_is_a_leaf():
    assert {} == parents_among(["2221.01", "2221.01.01"], children=["2221.01"])


@given(st.lists(st.lists(st.sampled_from(["01", "02"]), min_size=1, max_size=4), max_size=12))
def test_marks_and_levels_say_the_same(paths):
    marked = ["1001." + ".".join(path) for path in paths] + ["1001"]
    plain = [code.replace(".", "") for code in marked]

    above = {code.replace(".", "") for code in parents_among(marked, children=marked)}
    assert above == set(parents_among(plain, children=plain))


def test_levels_are_taken_from_codes_of_usual_lengths_only():
    assert ((4, 2, 2, 2, 2), (4, 3, 3, 3)) == (infer_levels(["1002", "100201"]), infer_levels(["1002", "1002001"]))
    assert (None, None, None) == (infer_levels(["1002", "1003"]), infer_levels(["1002", "10021"]), infer_levels([]))
