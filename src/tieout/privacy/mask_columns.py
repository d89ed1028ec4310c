"""Masks on whole columns; each gives what its scalar twin in `masks` gives."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import polars as pl

from tieout.privacy.classes import PiiClass
from tieout.privacy.free_text import mask_text
from tieout.privacy.masks import HIDDEN, LONG_ENOUGH, MASKED_PHONE, MOBILE, SHOWN_DIGITS, SHOWN_LETTERS, SPACES
from tieout.privacy.regions import REGION, RESIDENTIAL

__all__ = ["mask_expr"]

_MAY_HOLD_PII = "[0-9]{4}|@"


def mask_expr(column: pl.Expr, pii: PiiClass) -> pl.Expr:
    """A column of text, masked as its class is masked; nulls stay null.

    >>> frame = pl.DataFrame({"receiver": ["张三丰", None]})
    >>> frame.select(mask_expr(pl.col("receiver"), PiiClass.NAME))["receiver"].to_list()
    ['张**', None]
    """
    if pii is PiiClass.FREE_TEXT:
        return column.map_batches(_mask_texts, return_dtype=pl.String, is_elementwise=True)
    return _MASKS[pii](column.str.strip_chars(SPACES))


def _names(name: pl.Expr) -> pl.Expr:
    shown = pl.when(name.str.len_chars() > 1).then(name.str.slice(0, 1) + "**")
    return pl.when(_says_nothing(name)).then(name).otherwise(pl.coalesce(shown, _if_any(name, "**")))


def _phones(phone: pl.Expr) -> pl.Expr:
    digits = phone.str.replace_all("[^0-9]", "")
    is_foreign = phone.str.starts_with("+") & ~phone.str.starts_with("+86")
    mobile = pl.when(~is_foreign).then(digits.str.extract(MOBILE, 1) + "****" + digits.str.extract(MOBILE, 2))
    is_done = (phone.str.len_bytes() == 0) | phone.str.contains(MASKED_PHONE)
    return pl.when(is_done).then(phone).otherwise(pl.coalesce(mobile, _last_digits(digits), _if_any(phone, "****")))


def _accounts(account: pl.Expr) -> pl.Expr:
    is_done = account.str.contains(r"^\*{4}[0-9]{4}$")
    digits = account.str.replace_all("[^0-9]", "")
    return pl.when(is_done).then(account).otherwise(pl.coalesce(_last_digits(digits), _handles(account)))


def _handles(handle: pl.Expr) -> pl.Expr:
    shown = pl.when(handle.str.len_chars() > SHOWN_LETTERS).then(handle.str.slice(0, SHOWN_LETTERS) + HIDDEN)
    return pl.when(_says_nothing(handle)).then(handle).otherwise(pl.coalesce(shown, _if_any(handle, HIDDEN)))


def _addresses(address: pl.Expr) -> pl.Expr:
    whole, without_district, district = (address.str.extract(REGION, group) for group in (1, 2, 3))
    region = pl.when(~district.str.contains(RESIDENTIAL)).then(whole).otherwise(without_district)
    shown = pl.when(region == address).then(region).otherwise(region + HIDDEN)
    return pl.when(without_district.str.len_bytes() > 0).then(shown).otherwise(_if_any(address, HIDDEN))


def _id_numbers(number: pl.Expr) -> pl.Expr:
    return _if_any(number, HIDDEN)


def _says_nothing(text: pl.Expr) -> pl.Expr:
    """Whether a text is blank or nothing but asterisks."""
    return text.str.contains(r"^\**$")


def _if_any(text: pl.Expr, hidden: str) -> pl.Expr:
    """The mask where there is a text, an empty text where it is blank, null where it is null."""
    return pl.when(text.str.len_bytes() > 0).then(pl.lit(hidden)).otherwise(text)


def _last_digits(digits: pl.Expr) -> pl.Expr:
    return pl.when(digits.str.len_bytes() >= LONG_ENOUGH).then("****" + digits.str.tail(SHOWN_DIGITS))


def _mask_texts(texts: pl.Series) -> pl.Series:
    """`mask_text` where a text holds digits or an @ at all; each distinct text once."""
    suspects = texts.str.contains(_MAY_HOLD_PII).arg_true()
    if suspects.is_empty():
        return texts
    found = texts.gather(suspects)
    masked = {text: mask_text(text) for text in found.unique().to_list()}
    return texts.clone().scatter(suspects, found.replace_strict(masked, return_dtype=pl.String))


_MASKS: Mapping[PiiClass, Callable[[pl.Expr], pl.Expr]] = MappingProxyType(
    {
        PiiClass.NAME: _names,
        PiiClass.PHONE: _phones,
        PiiClass.ADDRESS: _addresses,
        PiiClass.ID_NUMBER: _id_numbers,
        PiiClass.BANK_ACCOUNT: _accounts,
        PiiClass.HANDLE: _handles,
    }
)
