"""Charts of accounts: which account a role of the templates has in a book."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from types import MappingProxyType

import attrs

from tieout.errors import PostingError, UnknownAccount, UnknownFormat
from tieout.posting.accounts import Account, AccountGap, AccountType, Language, ReversalStyle, Standard, member_of
from tieout.posting.chart_files import ChartFile, read_chart_csv, read_chart_toml
from tieout.posting.codes import CodeSystem, DetectedCodes, detect_code_system, parents_among
from tieout.posting.toml_files import require_text

__all__ = [
    "Account",
    "AccountGap",
    "AccountType",
    "Chart",
    "Language",
    "ReversalStyle",
    "Standard",
    "charts",
    "member_of",
]

_NEUTRAL = "ifrs"  # names every role, so that a role missing elsewhere still has names and a type


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
        others: Accounts of the book that no role has: known to be posted to by hand, or to be above or below others.
        standard: Accounting standard where the book does not choose; unless given, `small_business` when the codes
            are of that system, else `enterprise`.
        code_levels: Digits of each level of codes without marks, such as `(4, 2, 2)`; None to take what codes look like.
        vat: Name of the VAT table where the book does not choose; None when there is none.
        by_code: Account by code, those of roles and the others.

    Example:
        >>> Chart.load("cn_small_business").account("freight_out").code
        '5601.05'
    """

    name: str
    language: Language
    reversal_style: ReversalStyle
    accounts: Mapping[str, Account] = attrs.field(converter=_frozen, repr=False)
    others: tuple[Account, ...] = attrs.field(default=(), repr=False)
    standard: Standard = attrs.field(default=attrs.Factory(lambda self: self._usual_standard(), takes_self=True))
    code_levels: tuple[int, ...] | None = None
    vat: str | None = None
    by_code: Mapping[str, Account] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: self._by_code(), takes_self=True)
    )

    def __attrs_post_init__(self) -> None:
        seen: dict[str, tuple[str, Account]] = {}
        named = [*self.accounts.items(), *((f"others {at}", other) for at, other in enumerate(self.others, start=1))]
        for role, account in named:
            other, first = seen.setdefault(account.code, (role, account))
            if first != account:
                raise PostingError(
                    f"code {account.code!r} is given to {other!r} and {role!r} with different names or types",
                    where=f"{self.name}: accounts.{role}",
                    hint="one code is one account: give both roles the same names and type",
                )

    @classmethod
    def load(cls, source: str | PathLike[str]) -> "Chart":
        """The chart of that name, or of that file.

        Args:
            source: Name of a chart that ships with tieout (`charts()` lists them), or a path to a `.toml` or `.csv`
                file. CSV holds accounts alone: the chart is named like the file, and the rest is the book's to choose.

        Raises:
            UnknownFormat: No chart has that name.
            PostingError: The file is missing or wrong; the error names file and key, or line and column.
        """
        if isinstance(source, str) and not source.lower().endswith((".toml", ".csv")):
            shipped = _shipped()
            if source not in shipped:
                raise UnknownFormat(source, kind="chart", known=shipped)
            return _load_shipped(source)
        path = Path(source)
        if not path.is_file():
            raise PostingError("there is no such chart file", where=str(path))
        if path.suffix.lower() == ".csv":
            known = _load_shipped(_NEUTRAL).accounts
            return _of_file(read_chart_csv(path.read_bytes(), name=path.stem, where=path.name, known=known))
        return _of_file(read_chart_toml(path, where=path.name))

    @property
    def code_system(self) -> DetectedCodes:
        """Which of the three Chinese systems its codes are of, and what says so."""
        return detect_code_system({account.code: account.zh for account in self._all()})

    def parents(self, *, without: Collection[str] = ()) -> Mapping[str, str]:
        """Accounts that others are below, and that nothing is posted to therefore.

        Args:
            without: Roles that the book never uses; an account above theirs alone is a leaf.

        Returns:
            The first code below, by the code above it.

        Example:
            >>> chart = Chart.load("cn_small_business")
            >>> dict(chart.parents())
            {'2221.01': '2221.01.01'}
            >>> dict(chart.parents(without=["vat_output", "vat_input", "vat_input_out"]))
            {}
        """
        children = (account.code for account in self._all(without))
        return parents_among((account.code for account in self._all()), children=children, levels=self.code_levels)

    def check(self, roles: Iterable[str], *, without: Collection[str] = ()) -> tuple[AccountGap, ...]:
        """What is wrong with the accounts of some roles, before anything is posted to them.

        Args:
            roles: Roles that are to be posted to.
            without: Roles that the book never uses.

        Returns:
            One entry for each role that has no account, or one that others are below; in the order of roles.

        Example:
            >>> [gap.problem for gap in Chart.load("cn_small_business").check(["bank", "return_cost_asset"])]
            ["no account in chart 'cn_small_business'"]
        """
        parents = self.parents(without=without)
        return tuple(gap for role in dict.fromkeys(roles) if (gap := self._gap(role, parents)) is not None)

    def _gap(self, role: str, parents: Mapping[str, str]) -> AccountGap | None:
        account = self.accounts.get(role)
        if account is None:
            return AccountGap(role=role, code=None, problem=f"no account in chart {self.name!r}")
        if account.code in parents:
            problem = f"{account.code} is not a leaf: {parents[account.code]} is below it"
            return AccountGap(role=role, code=account.code, problem=problem)
        return None

    def _by_code(self) -> Mapping[str, Account]:
        return MappingProxyType({account.code: account for account in reversed(self._all())})

    def _usual_standard(self) -> Standard:
        is_small = self.code_system.system is CodeSystem.SMALL_BUSINESS
        return Standard.SMALL_BUSINESS if is_small else Standard.ENTERPRISE

    def _all(self, without: Collection[str] = ()) -> tuple[Account, ...]:
        return (*(account for role, account in self.accounts.items() if role not in without), *self.others)

    def account(self, role: str) -> Account:
        """The account of a role.

        Raises:
            UnknownAccount: The chart has none for it.
        """
        if role not in self.accounts:
            raise UnknownAccount(role, chart=self.name)
        return self.accounts[role]

    def find_account(self, code: str) -> Account | None:
        """The account that has a code; None when the chart has none."""
        return self.by_code.get(code)

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
        known = {**_load_shipped(_NEUTRAL).accounts, **self.accounts}
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


@cache
def _load_shipped(name: str) -> Chart:
    return _of_file(read_chart_toml(_shipped()[name], where=f"{name}.toml"))


def _of_file(given: ChartFile) -> Chart:
    said = {} if given.standard is None else {"standard": given.standard}
    return Chart(
        name=given.name,
        language=given.language,
        reversal_style=given.reversal_style,
        accounts=given.accounts,
        others=given.others,
        code_levels=given.code_levels,
        vat=given.vat,
        **said,
    )
