"""Masks: what may be shown of personal data (`domain.md` 6.6).

Every mask hides at least one character, has the same length whatever it hides, and leaves an already masked value as it
is.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tieout.privacy.classes import PiiClass
from tieout.privacy.free_text import mask_text
from tieout.privacy.regions import REGION, RESIDENTIAL

__all__ = ["mask", "mask_account", "mask_address", "mask_handle", "mask_id_number", "mask_name", "mask_phone"]

SPACES = " \t\r\n\u3000\xa0"
HIDDEN = "***"
MOBILE = r"^(?:0086|86)?(1[3-9][0-9])[0-9]{4}([0-9]{4})[0-9]{0,6}$"
MASKED_PHONE = r"^(?:1[3-9][0-9])?\*{4}(?:[0-9]{4})?$"
SHOWN_DIGITS = 4
LONG_ENOUGH = 8  # digits; of fewer, the last four would be half
SHOWN_LETTERS = 2


def mask_name(name: str | None) -> str | None:
    """The first character, then two asterisks however long the name is; None stays None, blank becomes empty.

    >>> mask_name("张三丰"), mask_name("John Smith"), mask_name("张")
    ('张**', 'J**', '**')
    """
    if name is None:
        return None
    name = name.strip(SPACES)
    if not name.strip("*"):
        return name
    return f"{name[0]}**" if len(name) > 1 else "**"


def mask_phone(phone: str | None) -> str | None:
    """A Chinese mobile keeps its first three and last four digits, another number of 8 digits or more its last four.

    >>> mask_phone("13800005678"), mask_phone("+86 138-0000-5678"), mask_phone("0571-88886666"), mask_phone("12345")
    ('138****5678', '138****5678', '****6666', '****')
    """
    if phone is None:
        return None
    phone = phone.strip(SPACES)
    if not phone or re.match(MASKED_PHONE, phone):
        return phone
    digits = re.sub("[^0-9]", "", phone)
    mobile = None if phone.startswith("+") and not phone.startswith("+86") else re.match(MOBILE, digits)
    if mobile:
        return f"{mobile[1]}****{mobile[2]}"
    return f"****{digits[-SHOWN_DIGITS:]}" if len(digits) >= LONG_ENOUGH else "****"


def mask_address(address: str | None) -> str | None:
    """Province, city and district of a Chinese address; of any other address nothing.

    >>> mask_address("广东省 深圳市 南山区 某某路1号2栋301"), mask_address("1 Example Street")
    ('广东省 深圳市 南山区***', '***')
    """
    if address is None:
        return None
    address = address.strip(SPACES)
    parts = re.match(REGION, address)
    if not address or not parts or not parts[2]:
        return HIDDEN if address else ""
    region = parts[1] if parts[3] and not re.search(RESIDENTIAL, parts[3]) else parts[2]
    return region if region == address else region + HIDDEN


def mask_account(account: str | None) -> str | None:
    """The last four digits of an account of 8 digits or more; an account that is an e-mail or a nick as `mask_handle`.

    >>> mask_account("6222 0212 3456 7890 128"), mask_account("buyer1@example.com")
    ('****0128', 'bu***')
    """
    if account is None:
        return None
    account = account.strip(SPACES)
    digits = re.sub("[^0-9]", "", account)
    if re.fullmatch(r"\*{4}[0-9]{4}", account):
        return account
    return f"****{digits[-SHOWN_DIGITS:]}" if len(digits) >= LONG_ENOUGH else mask_handle(account)


def mask_handle(handle: str | None) -> str | None:
    """The first two characters of a nick, open id or e-mail address; the domain goes too, for it may be the person's own.

    >>> mask_handle("buyer1@example.com"), mask_handle("tb")
    ('bu***', '***')
    """
    if handle is None:
        return None
    handle = handle.strip(SPACES)
    if not handle.strip("*"):
        return handle
    return handle[:SHOWN_LETTERS] + HIDDEN if len(handle) > SHOWN_LETTERS else HIDDEN


def mask_id_number(number: str | None) -> str | None:
    """Nothing of it: identity numbers are sensitive and never stored in results.

    >>> mask_id_number("11010519491231002X")
    '***'
    """
    if number is None:
        return None
    return HIDDEN if number.strip(SPACES) else ""


def mask(value: str | None, pii: PiiClass) -> str | None:
    """The value masked as its class is masked.

    >>> mask("张三", PiiClass.NAME)
    '张**'
    """
    return _MASKS[pii](value)


_MASKS: Mapping[PiiClass, Callable[[str | None], str | None]] = MappingProxyType(
    {
        PiiClass.NAME: mask_name,
        PiiClass.PHONE: mask_phone,
        PiiClass.ADDRESS: mask_address,
        PiiClass.ID_NUMBER: mask_id_number,
        PiiClass.BANK_ACCOUNT: mask_account,
        PiiClass.HANDLE: mask_handle,
        PiiClass.FREE_TEXT: mask_text,
    }
)
