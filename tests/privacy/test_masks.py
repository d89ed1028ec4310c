"""Masks: what stays visible, and that nothing else does."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.privacy import (
    PiiClass,
    mask,
    mask_account,
    mask_address,
    mask_expr,
    mask_handle,
    mask_id_number,
    mask_name,
    mask_phone,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张**"),
        ("张三丰", "张**"),
        ("欧阳修先生", "欧**"),
        ("张", "**"),
        (" 李四 ", "李**"),
        ("John Smith", "J**"),
        ("", ""),
        (None, None),
    ],
)
def test_a_name_keeps_its_first_character_and_not_its_length(name, shown):
    assert shown == mask_name(name)


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("'13812345678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("008613812345678", "138****5678"),
        ("13812345678-0012", "138****5678"),  # a platform's virtual number with its extension
        ("0571-88886666", "****6666"),
        ("+1 415 555 0100", "****0100"),
        ("110", "****"),
        ("$$密文", "****"),
        ("", ""),
        (None, None),
    ],
)
def test_a_phone_keeps_what_a_person_needs_to_tell_it_from_another(phone, shown):
    assert shown == mask_phone(phone)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("广东省深圳市南山区科技园路1号", "广东省深圳市南山区***"),
        ("广东省 广州市 越秀区 某街道1号(000000)", "广东省 广州市 越秀区***"),  # as Taobao exports it
        ("上海 上海市 浦东新区 张江路1号", "上海 上海市 浦东新区***"),
        ("上海市浦东新区张江高科技园区碧波路1号", "上海市浦东新区***"),
        ("北京市朝阳区市场街1号", "北京市朝阳区***"),
        ("吉林省吉林市昌邑区解放路9号", "吉林省吉林市昌邑区***"),
        ("湖北省恩施土家族苗族自治州恩施市舞阳坝", "湖北省恩施土家族苗族自治州恩施市***"),
        ("新疆维吾尔自治区乌鲁木齐市天山区某巷", "新疆维吾尔自治区乌鲁木齐市天山区***"),
        ("江苏省苏州市昆山市玉山镇", "江苏省苏州市昆山市***"),
        ("深圳市南山区科技路", "深圳市南山区***"),
        ("广东省深圳市阳光小区3栋", "广东省深圳市***"),  # a residential estate is no district
        ("广东省东莞市长安镇", "广东省东莞市***"),
        ("浙江省义乌市", "浙江省义乌市"),  # nothing to hide
        ("某某路1号", "***"),
        ("1 Example Street, Anytown", "***"),
        ("##密文", "***"),
        ("", ""),
        (None, None),
    ],
)
def test_an_address_keeps_province_city_and_district(address, shown):
    assert shown == mask_address(address)


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("6222021234567890128", "****0128"),
        ("6222 0212 3456 7890 128", "****0128"),
        ("buyer1@example.com", "bu***"),
        ("张三 (buyer1@example.com)", "张三***"),
        ("1234", "12***"),
        ("", ""),
        (None, None),
    ],
)
def test_an_account_keeps_its_last_four_digits(account, shown):
    assert shown == mask_account(account)


@pytest.mark.parametrize(
    ("handle", "shown"),
    [("tb_buyer88", "tb***"), ("buyer1@example.com", "bu***"), ("ab", "***"), ("", ""), (None, None)],
)
def test_a_handle_keeps_its_first_two_characters(handle, shown):
    assert shown == mask_handle(handle)


def test_of_an_identity_number_nothing_is_kept():
    assert ["***", "", None] == [mask_id_number(number) for number in ("11010519491231002X", " ", None)]


VALUES = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "张三",
            "13812345678",
            "+86 138-1234-5678",
            "广东省深圳市南山区某路",
            "622202123456789012",
            "a@b.cn",
            "**",
            "张**",
        ]
    ),
    st.from_regex(r"[+0-9 *-]{0,20}", fullmatch=True),
    st.text(st.sampled_from(list("北京上海广东省市区县路 小社深圳南山-")), max_size=14),
)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.sampled_from(PiiClass))
def test_masking_again_changes_nothing(value, pii):
    assert mask(value, pii) == mask(mask(value, pii), pii)


@settings(max_examples=150, deadline=None)
@given(st.lists(VALUES.filter(lambda value: value is None or value.isprintable()), max_size=20))
def test_columns_and_scalars_agree(values):
    frame = pl.DataFrame({"value": pl.Series(values, dtype=pl.String)})

    for pii in PiiClass:
        expected = [mask(value, pii) for value in values]
        assert expected == frame.select(mask_expr(pl.col("value"), pii).alias("value"))["value"].to_list()


@settings(max_examples=300)
@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "+86", "86 ", "0086"]))
def test_a_masked_phone_never_shows_more_than_seven_digits(phone, prefix):
    shown = mask_phone(prefix + phone)

    assert f"{phone[:3]}****{phone[-4:]}" == shown
