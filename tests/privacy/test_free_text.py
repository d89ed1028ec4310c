"""Free text: personal data goes, order and tracking numbers stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.privacy import mask_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请联系13812345678尽快", "请联系138****5678尽快"),
        ("电话：+86 138-1234-5678。", "电话：138****5678。"),
        ("phone no. 13812345678", "phone no. 138****5678"),
        ("座机0571-88886666", "座机****6666"),
        ("写信到 a.b-c@example.com.cn 谢谢", "写信到 a.*** 谢谢"),
        ("支付宝-li.ming@example.com", "支付宝-li***"),
        ("身份证11010519491231002X", "身份证***"),
        ("退到6222021234567890128", "退到****0128"),
        ("卡号 6222 0212 3456 7890 128", "卡号 ****0128"),
        ("Visa 4111 1111 1111 1111", "Visa ****1111"),
        ("李四 (13812345678)", "李四 (138****5678)"),
        ("", ""),
        (None, None),
    ],
)
def test_personal_data_is_masked(text, shown):
    assert shown == mask_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "运单号：435233529604913，付款方：淘天物流科技有限公司",
        "订单号13812345678",  # labelled: an order number, whatever it looks like
        "tradeid:6222021234567890128",
        "order (4111111111111111)",
        "260531-662941284701219",
        "112-5296892-7513800",
        "SF1385628716739 YT8962646785389 JT5261988016578",
        "JDVA13812345678",
        "T200P5116032541422009305",
        "5116032541422009305",
        "1001690740201411100005734289",
        "FP301_13812345678",
        "1381234567890",
        "330271028720308429",  # 18 digits, no birth date
        "4111111111111112",  # Luhn fails
        "138****5678",
        "*津水(602***@qq.com)",
    ],
)
def test_numbers_of_orders_and_parcels_stay(text):
    assert text == mask_text(text)


@settings(max_examples=300)
@given(st.text(st.sampled_from(list("0123456789-@.aX *订单号：(")), max_size=40))
def test_masking_again_changes_nothing(text):
    assert mask_text(text) == mask_text(mask_text(text))


@given(st.from_regex(r"(SF|YT|JT)[0-9]{13}|JDX[0-9]{12}|[0-9]{6}-[0-9]{15}|[0-9]{3}-[0-9]{7}-[0-9]{7}", fullmatch=True))
def test_ids_of_a_known_form_are_never_harmed(number):
    assert f"退货 {number}。" == mask_text(f"退货 {number}。")


def test_a_text_of_a_million_characters_is_handled():
    text = "a" * 500_000 + "-1" * 250_000

    assert text == mask_text(text)
