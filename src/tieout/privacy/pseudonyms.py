"""Pseudonyms: tokens that tell whether two records are of one person, and not who it is.

HMAC-SHA256 with the caller's key. A plain hash would not do: there are only some 10^10 mobile numbers, and anybody can
hash them all. The same value under the same key and class gives the same token, so records join on it; under another
key it gives another, so rotating the key means tokenising anew, and deleting it makes the tokens anonymous (`domain.md`
6.6).
"""

import hmac
import re
import unicodedata

import attrs
import polars as pl

from tieout.errors import InvalidField
from tieout.privacy.classes import PiiClass

__all__ = ["Pseudonymizer"]

_KEY_BYTES_MIN = 16
_TOKEN_LENGTH = 32  # hexadecimal digits: 128 bits, no two of 10^12 people collide
_HONORIFICS = re.compile(r"(?:先生|女士|小姐|太太|老师|同学)$|^(?:mrs|mr|ms|miss|dr)(?=[^a-z])")
_CHINESE_PHONE = re.compile(r"(?:0086|86)?(1[3-9][0-9]{9})([0-9]*)")


def _as_key(key: bytes | str) -> bytes:
    secret: object = key.encode("utf-8") if isinstance(key, str) else key
    if isinstance(secret, bytes) and len(secret) >= _KEY_BYTES_MIN:
        return secret
    given = f"{len(secret)} bytes" if isinstance(secret, bytes) else type(secret).__name__
    raise InvalidField(
        f"a secret key of at least {_KEY_BYTES_MIN} bytes is needed, got {given}",
        record="Pseudonymizer",
        field="key",
        hint="make one with secrets.token_bytes(32) and keep it with the book, outside the data",
    )


@attrs.frozen(kw_only=True)
class Pseudonymizer:
    """Tokens under one secret key.

    Attributes:
        key: The secret, 16 bytes or more, given by the caller and never shown; text counts as its UTF-8 bytes.

    >>> pseudonyms = Pseudonymizer(key="an example key of enough bytes")
    >>> pseudonyms.token("138 0000 5678", PiiClass.PHONE) == pseudonyms.token("+86-13800005678", PiiClass.PHONE)
    True
    """

    key: bytes = attrs.field(converter=_as_key, repr=False)

    def token(self, value: str | None, pii: PiiClass) -> str | None:
        """The token of a value, 32 hexadecimal digits; None when the value says nothing or is already masked.

        The class is part of what is hashed, so a nick that equals a name has another token.
        """
        plain = None if value is None else normalized(value, pii)
        if not plain:
            return None
        message = f"{pii.value}\x00{plain}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.key, message, "sha256").hex()[:_TOKEN_LENGTH]

    def token_expr(self, column: pl.Expr, pii: PiiClass) -> pl.Expr:
        """`token` on a column of text; each distinct value is hashed once."""
        return column.map_batches(lambda values: self._tokens(values, pii), return_dtype=pl.String, is_elementwise=True)

    def _tokens(self, values: pl.Series, pii: PiiClass) -> pl.Series:
        tokens = {value: self.token(value, pii) for value in values.drop_nulls().unique().to_list()}
        return values.replace_strict(tokens, default=None, return_dtype=pl.String)


def normalized(value: str, pii: PiiClass) -> str:
    """The form in which equal values are equal: NFKC, no spaces or punctuation, no honorifics, phones with their country.

    Empty when nothing is left, and for a masked value, which is many people's.
    """
    plain = unicodedata.normalize("NFKC", value).strip().casefold()
    if "*" in plain:
        return ""
    if pii is PiiClass.PHONE:
        return _phone(plain)
    if pii in {PiiClass.HANDLE, PiiClass.FREE_TEXT}:
        return re.sub(r"\s", "", plain)
    if pii is PiiClass.NAME:
        plain = _HONORIFICS.sub("", plain)
    return re.sub(r"[\W_]+", "", plain)


def _phone(plain: str) -> str:
    """With a country: `+86` for Chinese mobiles and for numbers that begin with a trunk zero, else as it was given."""
    digits = re.sub("[^0-9]", "", plain)
    is_foreign = plain.startswith("+") and not plain.startswith("+86")
    mobile = None if is_foreign else _CHINESE_PHONE.fullmatch(digits)
    if mobile:
        return f"+86{mobile[1]}" + (f";{mobile[2]}" if mobile[2] else "")
    if plain.startswith(("00", "+")):
        return f"+{digits.removeprefix('00')}"
    return f"+86{digits[1:]}" if digits.startswith("0") else digits
