"""Masking personal data inside free text, without harming order and tracking numbers.

What is masked, and nothing else:

- e-mail addresses: the first two characters stay;
- Chinese identity numbers: 18 characters whose region, birth date and check digit are all valid;
- bank cards: 15 to 19 digits, also in groups of four, that begin like a UnionPay, Visa, Mastercard, Discover or
  American Express card of that length and pass Luhn's check (JCB cards look like JD's order numbers and stay);
- Chinese mobiles: 11 digits from 13 to 19, also with +86 and in groups of 3-4-4; landlines written with a hyphen.

A number that touches a letter, a digit, an underscore or a hyphened digit group is part of something longer and stays.
So does one that a word such as 订单号, 运单号, 流水号 or `tradeid` introduces. What can be harmed all the same: an
unlabelled order number of 15 to 19 digits that begins like a card and passes Luhn (about one in 100 of 19-digit numbers
that begin with 62), an 11-digit number that begins like a mobile. What is not found: names, street addresses,
passports, foreign phones.
"""

import re
from collections.abc import Callable

from stdnum import luhn
from stdnum.cn import ric

__all__ = ["mask_text"]

_ALONE_BEFORE = r"(?<![0-9A-Za-z_*])(?<![0-9]-)"
_ALONE_AFTER = r"(?![0-9A-Za-z_*])(?!-[0-9])"
_LABEL = re.compile(
    r"(?:单号|订单|运单|面单|流水号?|交易号|凭证号|批次号?|编号|tradeid|orderid|memberid|order|tracking|waybill)"
    r"[号:：#\s(（\[【]*$",
    re.IGNORECASE,
)
_LABEL_REACH = 16  # characters before a number that are searched for its label

_EMAIL = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z][0-9A-Za-z._%+-]{0,63}@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+")
_IDENTITY = re.compile(_ALONE_BEFORE + r"[1-9][0-9]{16}[0-9Xx]" + _ALONE_AFTER)
_CARD = re.compile(
    _ALONE_BEFORE + r"(?:[0-9]{15,19}|[0-9]{4}(?:([ -])[0-9]{4})(?:\1[0-9]{4}){2}(?:\1[0-9]{1,3})?)" + _ALONE_AFTER
)
_CARD_FORM = re.compile(r"62[0-9]{14,17}|(?:4[0-9]|5[1-5]|2[2-7]|6[05])[0-9]{14}|3[47][0-9]{13}")
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z_*])(?<![0-9]-)(?:(?:\+|00)?86[ -]?)?(1[3-9][0-9])([ -]?)[0-9]{4}\2([0-9]{4})" + _ALONE_AFTER
)
_LANDLINE = re.compile(_ALONE_BEFORE + r"0[0-9]{2,3}-[0-9]{3,4}([0-9]{4})" + _ALONE_AFTER)


def mask_text(text: str | None) -> str | None:
    """The text with phones, e-mail addresses, identity numbers and bank cards masked.

    >>> mask_text("张三 13800005678 退款到 6222021234567890128，订单号6222021234567890128，SF1385628716739")
    '张三 138****5678 退款到 ****0128，订单号6222021234567890128，SF1385628716739'
    """
    if text is None:
        return None
    text = _EMAIL.sub(lambda found: f"{found[0][:2]}***", text)
    text = _replace(text, _IDENTITY, lambda found: "***" if ric.is_valid(found[0]) else found[0])
    text = _replace(text, _CARD, _mask_card)
    text = _replace(text, _MOBILE, lambda found: f"{found[1]}****{found[3]}")
    return _replace(text, _LANDLINE, lambda found: f"****{found[1]}")


def _replace(text: str, number: re.Pattern[str], masked: Callable[[re.Match[str]], str]) -> str:
    def unless_labelled(found: re.Match[str]) -> str:
        before = text[max(0, found.start() - _LABEL_REACH) : found.start()]
        return found[0] if _LABEL.search(before) else masked(found)

    return number.sub(unless_labelled, text)


def _mask_card(found: re.Match[str]) -> str:
    digits = re.sub("[^0-9]", "", found[0])
    is_card = _CARD_FORM.fullmatch(digits) and luhn.is_valid(digits)
    return f"****{digits[-4:]}" if is_card else found[0]
