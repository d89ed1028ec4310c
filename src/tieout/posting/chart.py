"""Charts of accounts: which account a role of the templates has in a book."""

from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from os import PathLike  # noqa: TC003 - attrs and type checkers of callers read it
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import attrs

from tieout.errors import AccountNotMapped, PostingError, UnknownFormat
from tieout.posting.toml_files import read_toml, require_keys, require_text

__all__ = ["Account", "AccountType", "Chart", "Language", "ReversalStyle", "Standard", "charts", "member_of"]

_FIELDS = {"name", "language", "reversal_style", "accounts"}
_OPTIONAL_FIELDS = {"standard", "vat"}
_ACCOUNT_FIELDS = {"code", "type", "zh", "en"}
_NEUTRAL = "ifrs"  # names every role, so that a role missing elsewhere still has names and a type
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
    try:
        return kind(value)  # type: ignore[arg-type]  # anything may be given, that is the point
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise PostingError(f"{value!r} is none of {known}", where=where) from None


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


def _frozen(accounts: Mapping[str, Account]) -> Mapping[str, Account]:
    return MappingProxyType(dict(accounts))


@attrs.frozen(kw_only=True)
class Chart:
    """A chart of accounts: roles of the templates and the account each has (`domain.md` 7.1).

    A role that a standard has no account for is absent, and is an error only when a template needs it.

    Attributes:
        name: The chart's name.
        language: Language of names and summaries where the book does not choose.
        reversal_style: How it takes entries back where the book does not choose.
        accounts: Account by role, in the order of the file.
        standard: Accounting standard where the book does not choose.
        vat: Name of the VAT table where the book does not choose; None when there is none.

    Example:
        >>> Chart.load("cn_small_business").account("freight_out").code
        '5601.05'
    """

    name: str
    language: Language
    reversal_style: ReversalStyle
    accounts: Mapping[str, Account] = attrs.field(converter=_frozen, repr=False)
    standard: Standard = Standard.ENTERPRISE
    vat: str | None = None

    def __attrs_post_init__(self) -> None:
        seen: dict[str, tuple[str, Account]] = {}
        for role, account in self.accounts.items():
            other, first = seen.setdefault(account.code, (role, account))
            if first != account:
                raise PostingError(
                    f"code {account.code!r} is given to {other!r} and {role!r} with different names or types",
                    where=f"{self.name}: accounts.{role}",
                    hint="one code is one account: give both roles the same names and type",
                )

    @classmethod
    def load(cls, source: "str | PathLike[str]") -> "Chart":
        """The chart of that name, or of that TOML file.

        Args:
            source: Name of a chart that ships with tieout (`charts()` lists them), or a path to a `.toml` file.

        Raises:
            UnknownFormat: No chart has that name.
            PostingError: The file is missing or wrong; the error names file and key.
        """
        if isinstance(source, str) and not source.endswith(".toml"):
            shipped = _shipped()
            if source not in shipped:
                raise UnknownFormat(source, kind="chart", known=shipped)
            return cls._of_file(shipped[source], f"{source}.toml")
        path = Path(source)
        if not path.is_file():
            raise PostingError("there is no such chart file", where=str(path))
        return cls._of_file(path, path.name)

    @classmethod
    def _of_file(cls, file: Traversable, where: str) -> "Chart":
        data = read_toml(file, where=where)
        require_keys(data, _FIELDS, where, optional=_OPTIONAL_FIELDS)
        accounts = data["accounts"]
        if not isinstance(accounts, dict) or not accounts:
            raise PostingError("a table of role = account is needed", where=f"{where}: accounts")
        return cls(
            name=require_text(data["name"], f"{where}: name"),
            language=member_of(Language, data["language"], where=f"{where}: language"),
            reversal_style=member_of(ReversalStyle, data["reversal_style"], where=f"{where}: reversal_style"),
            accounts={role: _read_account(entry, f"{where}: accounts.{role}") for role, entry in accounts.items()},
            standard=member_of(Standard, data.get("standard", Standard.ENTERPRISE), where=f"{where}: standard"),
            vat=require_text(data["vat"], f"{where}: vat") if "vat" in data else None,
        )

    def account(self, role: str) -> Account:
        """The account of a role.

        Raises:
            AccountNotMapped: The chart has none for it.
        """
        if role not in self.accounts:
            raise AccountNotMapped(role, chart=self.name)
        return self.accounts[role]

    def find_account(self, code: str) -> Account | None:
        """The account that has a code; None when the chart has none."""
        return next((account for account in self.accounts.values() if account.code == code), None)

    def with_accounts(self, accounts: Mapping[str, str | Account]) -> "Chart":
        """This chart with other accounts for some roles.

        Args:
            accounts: Account by role. A code alone keeps the role's names and type; a role that this chart lacks takes
                them from the neutral chart.

        Raises:
            PostingError: A code is blank, or belongs to a role that no chart knows.

        Example:
            >>> Chart.load("cn_small_business").with_accounts({"freight_out": "5601.99"}).account("freight_out").zh
            '销售费用-运费'
        """
        changed = {role: self._override(role, given) for role, given in accounts.items()}
        return attrs.evolve(self, accounts={**self.accounts, **changed})

    def _override(self, role: str, given: str | Account) -> Account:
        if isinstance(given, Account):
            return given
        where = f"{self.name}: accounts.{role}"
        known = {**Chart.load(_NEUTRAL).accounts, **self.accounts}
        if role not in known:
            near = get_close_matches(role, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "give an Account for a role of your own"
            raise PostingError(f"no chart knows the role {role!r}", where=where, hint=hint)
        return self.find_account(require_text(given, where)) or attrs.evolve(known[role], code=given)


def charts() -> tuple[str, ...]:
    """Names of the charts that ship with tieout.

    Example:
        >>> charts()
        ('cn_enterprise', 'cn_small_business', 'ifrs')
    """
    return tuple(sorted(_shipped()))


def _shipped() -> dict[str, Traversable]:
    folder = files("tieout.posting").joinpath("charts")
    return {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}


def _read_account(entry: object, where: str) -> Account:
    if not isinstance(entry, dict):
        raise PostingError("an account is { code, type, zh, en }", where=where)
    require_keys(entry, _ACCOUNT_FIELDS, where)
    return Account(
        code=require_text(entry["code"], f"{where}.code"),
        type=member_of(AccountType, entry["type"], where=f"{where}.type"),
        zh=require_text(entry["zh"], f"{where}.zh"),
        en=require_text(entry["en"], f"{where}.en"),
    )
