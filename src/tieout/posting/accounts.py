"""Accounts: one account of a chart, and the words its parts are told in."""

from contextlib import suppress
from enum import StrEnum
from typing import TypeVar

import attrs

from tieout.errors import PostingError

__all__ = ["Account", "AccountGap", "AccountType", "Language", "ReversalStyle", "Standard", "member_of"]

E_ = TypeVar("E_", bound=StrEnum)


class AccountType(StrEnum):
    """What an account is in the statements."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class Language(StrEnum):
    """Language of account names and summaries."""

    ZH = "zh"
    EN = "en"


class ReversalStyle(StrEnum):
    """How what is taken back is written (`domain.md` 7.6)."""

    RED_NEGATIVE = "red_negative"
    SWAP_SIDES = "swap_sides"


class Standard(StrEnum):
    """Accounting standard of a book: small businesses (小企业会计准则), enterprises (企业会计准则), or IFRS.

    Entries differ by it: V-17, V-27, V-28 and V-38 of `domain.md` 7.4.
    """

    SMALL_BUSINESS = "small_business"
    ENTERPRISE = "enterprise"
    IFRS = "ifrs"


def member_of(kind: type[E_], value: object, *, where: str) -> E_:
    """The member of an enum that a text names.

    Args:
        kind: The enum.
        value: A member or its text.
        where: What the error names, such as `Book.taxpayer`.

    Raises:
        PostingError: There is no such member; the error lists those that exist.
    """
    if isinstance(value, str):
        with suppress(ValueError):
            return kind(value)
    raise PostingError(f"{value!r} is none of {', '.join(kind)}", where=where)


@attrs.frozen(kw_only=True)
class Account:
    """One account of a chart.

    Attributes:
        code: Its code, such as `5601.05`.
        type: What it is in the statements.
        zh: Its name in Chinese.
        en: Its name in English.
    """

    code: str
    type: AccountType
    zh: str
    en: str

    def name(self, language: Language) -> str:
        """Its name in one language."""
        return self.zh if language is Language.ZH else self.en


@attrs.frozen(kw_only=True)
class AccountGap:
    """A role that cannot be posted to.

    Attributes:
        role: The role.
        code: The account it has; None when it has none.
        problem: What is wrong, as a sentence.
    """

    role: str
    code: str | None
    problem: str
