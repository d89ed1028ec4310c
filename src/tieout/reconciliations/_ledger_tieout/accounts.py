"""Accounts: which account of the books has which role, and for which shop, party or warehouse."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import polars as pl

from tieout.errors import InputError

__all__ = ["DIMENSIONS", "LedgerAccount", "account_place", "ledger_accounts", "places", "role_place"]

DIMENSIONS: Final = ("platform", "shop_id", "party", "warehouse")


@attrs.frozen(kw_only=True)
class LedgerAccount:
    """One account that a ledger beside the books is to tie to.

    Attributes:
        account: Code of the account, or what the codes of its sub-accounts begin with; the longest one that fits counts.
        role: Its role (`domain.md` 7.1), such as `wallet`, `ar_platform`, `ap_courier` or `inventory`.
        platform: Platform that it is for; None for all.
        shop_id: Shop that it is for; None for all.
        party: Channel, courier or other party that it is for; None for all.
        warehouse: Warehouse that it is for; None for all.

    Example:
        >>> str(LedgerAccount(account="1012.01", role="wallet", party="alipay"))
        '1012.01 wallet alipay'
    """

    account: str
    role: str
    platform: str | None = None
    shop_id: str | None = None
    party: str | None = None
    warehouse: str | None = None

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(LedgerAccount):
            value = getattr(self, field.name)
            is_optional = field.name in DIMENSIONS and value is None
            if not is_optional and (not isinstance(value, str) or not value.strip()):
                raise InputError(f"{field.name} is text that is not blank, got {value!r}", where="LedgerAccount")

    @property
    def of(self) -> tuple[str | None, ...]:
        """The dimensions that it is for."""
        return tuple(getattr(self, name) for name in DIMENSIONS)

    def __str__(self) -> str:
        return " ".join([self.account, self.role, *(value for value in self.of if value is not None)])


def ledger_accounts(given: Mapping[str, str] | Sequence[LedgerAccount]) -> tuple[LedgerAccount, ...]:
    """Accounts in a fixed order, those that say the most first, of what a caller may give: roles by code, or accounts.

    Raises:
        InputError: It is neither, or one account has two roles for the same.
    """
    if isinstance(given, Mapping):
        given = [LedgerAccount(account=code, role=role) for code, role in given.items()]
    if isinstance(given, LedgerAccount | str) or not all(isinstance(one, LedgerAccount) for one in given):
        raise InputError(
            f"roles by account, or LedgerAccounts, are needed, got {type(given).__name__}", where="accounts"
        )
    said = [(one.account, one.of) for one in given]
    if len(set(said)) < len(said):
        twice = sorted({code for code, of in said if said.count((code, of)) > 1})
        raise InputError(f"listed twice: {', '.join(twice)}", where="accounts")

    def order(one: LedgerAccount) -> tuple[int, int, str, tuple[str, ...]]:
        return -len(one.account), -_says(one), one.account, tuple(value or "" for value in one.of)

    return tuple(sorted(given, key=order))


def _says(one: LedgerAccount) -> int:
    return sum(value is not None for value in one.of)


def places(accounts: Sequence[LedgerAccount]) -> pl.DataFrame:
    """What is tied as one: `place`, `at_role`, `at_account` (all its codes) and `at_` with each dimension."""
    found: dict[tuple[str | None, ...], list[str]] = {}
    for one in accounts:
        found.setdefault((one.role, *one.of), []).append(one.account)
    rows = [(at, of[0], ",".join(sorted(codes)), *of[1:]) for at, (of, codes) in enumerate(_sorted(found))]
    schema = {"place": pl.Int64(), "at_role": pl.String(), "at_account": pl.String()}
    return pl.DataFrame(rows, schema=schema | {f"at_{name}": pl.String() for name in DIMENSIONS}, orient="row")


def _sorted(
    found: Mapping[tuple[str | None, ...], list[str]],
) -> list[tuple[tuple[str | None, ...], list[str]]]:
    return sorted(found.items(), key=lambda item: tuple(value or "" for value in item[0]))


def _numbers(accounts: Sequence[LedgerAccount]) -> dict[tuple[str | None, ...], int]:
    found: dict[tuple[str | None, ...], list[str]] = {(one.role, *one.of): [] for one in accounts}
    return {of: at for at, (of, _) in enumerate(_sorted(found))}


def account_place(accounts: Sequence[LedgerAccount]) -> pl.Expr:
    """The place of a row of the books, by its account and dimensions; null for an account that nothing is tied to.

    A row that does not say a dimension may be of an account that is for one, where its code is that of no other.
    """
    numbers = _numbers(accounts)
    codes = [one.account for one in accounts]
    place = pl.lit(None, dtype=pl.Int64)
    for one in reversed(accounts):
        is_alone = codes.count(one.account) == 1
        fits = pl.col("account").str.starts_with(one.account)
        for name, value in zip(DIMENSIONS, one.of, strict=True):
            if value is not None:
                same = pl.col(name) == value
                fits = fits & (same.fill_null(value=is_alone))
        place = pl.when(fits).then(pl.lit(numbers[one.role, *one.of], dtype=pl.Int64)).otherwise(place)
    return place


def role_place(accounts: Sequence[LedgerAccount]) -> pl.Expr:
    """The place of a row of a ledger beside the books, by its role and dimensions; null where no account is for it."""
    numbers = _numbers(accounts)
    place = pl.lit(None, dtype=pl.Int64)
    for one in sorted(accounts, key=lambda one: (_says(one), one.account)):
        fits = pl.col("role") == one.role
        for name, value in zip(DIMENSIONS, one.of, strict=True):
            if value is not None:
                fits = fits & (pl.col(name) == value).fill_null(value=False)
        place = pl.when(fits).then(pl.lit(numbers[one.role, *one.of], dtype=pl.Int64)).otherwise(place)
    return place
