"""Banks: what their statements say about accounts and parties, and the references that they leave out.

A bank transaction shows the account by its last four digits and the other side masked when it is a person (`domain.md` 6.6);
so these columns are read whatever their captions say, and give what they hold as it may be shown. Where a bank numbers nothing,
the reference is made of account, day, amount, balance and which of several such lines it is (`domain.md` 2.1).
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Final

import attrs
import polars as pl

from tieout.model import BankTransaction
from tieout.privacy import mask_handle, mask_name, mask_text
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._balances import balance_checks
from tieout.sources._cash import gain_less_loss
from tieout.sources._columns import EMPTY_WORDS, Column, without
from tieout.sources._faults import Conventions, Note, Parsed
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._words import Remark, Text

__all__ = [
    "Account",
    "Balance",
    "Memo",
    "Party",
    "account_tail",
    "as_bank_lines",
    "bank_table",
    "is_person",
    "mask_party",
]

_SHOWN_DIGITS: Final = 4
_HOLDERS: Final = ("客户名称", "客户姓名", "户名", "姓名", "持卡人")
_HAN_NAME: Final = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{2,8}·[\u4e00-\u9fff]{2,8}")
_HAN_FIRM: Final = re.compile(
    r"公司|银行|集团|支付|财付通|微信|零钱|钱通|余额宝|理财|基金|证券|保险|商户|商家|平台|超市|商城|商店|旗舰|专营|专卖"
    r"|中心|工厂|学校|医院|大学|政府|财政|税务|法院|协会|酒店|饭店|餐|物流|快递|速递|电力|电网|燃气|自来水|地铁|公交|铁路"
    r"|京东|淘宝|天猫|美团|抖音|快手|拼多多|滴滴|携程|网银|银联|云闪付|待清算|备付金|利息|手续费|存款|贷款|[店部厂局所社会院行处站]$"
)
_MAIL_AT: Final = re.compile("[@＠]")
_HONORIFIC: Final = re.compile(r"(?i)^(?:mr|mrs|ms|miss|dr|hr|herr|frau|mme|mlle|m|mevr|dhr|sig|sra|sr)\.?\s+\S")
_LATIN_NAME: Final = re.compile(r"[^\W\d_][^\W\d_.'’-]*\.?(?:[ -]+[^\W\d_][^\W\d_.'’-]*\.?){1,3}")
_LATIN_FIRM: Final = re.compile(
    r"(?i)\b(?:inc|llc|ltd|limited|corp|corporation|co|company|gmbh|ag|kg|ohg|ug|se|sa|sarl|sas|bv|nv|vof|ab|oy|as|aps|spa|srl|plc|"
    r"pty|bvba|kft|zrt|sp|oo|bank|banque|banco|sparkasse|volksbank|payments?|pay|paypal|stripe|adyen|amazon|shopify|ebay|etsy|klarna|"
    r"mollie|square|services?|solutions?|store|shop|market|media|group|holding|international|global|europe|trading|trade|logistics|"
    r"express|insurance|versicherung|telecom|mobile?|energy|utility|water|electric|gas|foundation|association|university|school|hospital|"
    r"government|council|city|county|state|tax|finanzamt|customs|office|center|centre|hotel|restaurant|supermarket|airlines?|railways?|"
    r"online|digital|software|technolog(?:y|ies)|systems?|studio|partners?|consulting|industries|products?|foods?|drugs|reserves?|"
    r"technologies|merchant|company|fee|fees|interest|transfer|deposit|payroll|salary|debtor|creditor|name|addr|test|example)\b"
)


def account_tail(account: str) -> str:
    """An account by its last four digits; one without four digits as a nick.

    Example:
        >>> [account_tail(account) for account in ("NL26VAYB8060476890", "1234****5678", "3167", "Main account")]
        ['****6890', '****5678', '****3167', 'Ma***']
    """
    digits = re.sub("[^0-9]", "", account)
    return f"****{digits[-_SHOWN_DIGITS:]}" if len(digits) >= _SHOWN_DIGITS else mask_handle(account) or ""


def is_person(name: str) -> bool:
    """Whether a name looks like a person's and not like a firm's; what cannot be told is taken for a person's.

    Example:
        >>> [is_person(name) for name in ("张三", "财付通支付科技有限公司", "John Doe", "Example Payments Ltd", "UBER *TRIP")]
        [True, False, True, False, False]
    """
    if re.search(r"[\u4e00-\u9fff]", name):
        return _HAN_NAME.fullmatch(name) is not None and _HAN_FIRM.search(name) is None
    if _HONORIFIC.search(name):
        return True
    return _LATIN_NAME.fullmatch(name) is not None and _LATIN_FIRM.search(name) is None


def mask_party(name: str) -> str:
    """The name of the other side: parts of it that look like a person's name are masked, firms stay.

    Example:
        >>> [mask_party(name) for name in ("支付宝-李四", "某某（北京）科技有限公司", "张三 6222020000001234", "Hr S Marechal")]
        ['支付宝-李**', '某某（北京）科技有限公司', '张** ****1234', 'H**']
        >>> mask_party("li.ming@example.com")
        'li***'
    """
    if is_person(name):
        return mask_name(name) or ""
    if _MAIL_AT.search(name):
        name = mask_text(name) or ""
    parts = re.split(r"([-－—_/|\s]+)", name)
    if not re.search(r"[\u4e00-\u9fff]", name):
        return re.sub(r"(?<![\w])[A-Z]{2}\d{2}[A-Z0-9]{11,30}(?![\w])|(?<![\w*])\d{8,}(?![\w*])", _tail, name)
    return "".join(_part(part) for part in parts)


def _mask_description(text: str) -> str:
    is_latin = re.search(r"[\u4e00-\u9fff]", text) is None
    return text if is_latin and _HONORIFIC.search(text) is None else mask_party(text)


def _tail(found: re.Match[str]) -> str:
    return account_tail(found[0])


def _part(part: str) -> str:
    if is_person(part):
        return mask_name(part) or ""
    return (
        account_tail(part)
        if re.fullmatch(r"\d{8,}", part)
        else re.sub(r"(?<![0-9A-Za-z*])\d{8,}(?![0-9A-Za-z*])", _tail, part)
    )


def _by_text(cells: pl.Series, shown: Callable[[str], str]) -> pl.Series:
    """Each different text once."""
    texts = cells.drop_nulls().unique().to_list()
    return cells.replace_strict({text: shown(text) for text in texts}, default=None, return_dtype=pl.String)


def _rules(cells: pl.Series) -> tuple[str, ...]:
    """The texts that are but dashes, as banks write where there is nothing."""
    return tuple(cells.filter(cells.str.contains("^[-—_]{2,}$").fill_null(value=False)).unique().to_list())


@attrs.frozen
class Party(Text):
    """The name of the other side, masked when it is a person's.

    Attributes:
        is_name: Whether the column holds names and nothing else; of a bank's descriptions, Latin words are taken for a name only
            behind a title such as Mr.
    """

    masks: ClassVar[bool] = True
    to: str = attrs.field(kw_only=True, default="counterparty")
    is_name: bool = attrs.field(kw_only=True, default=True)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        parsed = Text.parse(self, without(cells, _rules(cells)), conventions)
        if conventions.keep_pii:
            return parsed
        shown = mask_party if self.is_name else _mask_description
        return attrs.evolve(parsed, values=_by_text(parsed.values, shown).alias(self.name))


@attrs.frozen
class Account(Column):
    """An account or card number, by its last four digits; the other side's when `to` says so."""

    masks: ClassVar[bool] = True
    to: str = attrs.field(kw_only=True, default="account")

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        cells = without(cells, (*EMPTY_WORDS, *_rules(cells)))
        shown = cells if conventions.keep_pii else _by_text(cells, account_tail)
        return Parsed(values=shown.alias(self.name))


def as_bank_lines(frame: pl.DataFrame, reading: Reading, *, account: str | None = None) -> pl.DataFrame:
    """Bank transactions with the account that stands beside the table, and a reference where the bank gives none.

    Args:
        frame: The records so far.
        reading: The reading.
        account: The account as the file writes it, when it stands beside the table; None when a column says it or nobody does.
    """
    if account is not None and "account" not in frame.columns:
        shown = account if reading.options.keep_pii else account_tail(account)
        frame = frame.with_columns(pl.lit(shown, dtype=pl.String).alias("account"))
    return frame.with_columns(_references(frame).alias("bank_ref"))


def _hide_holder(reading: Reading, account: Sequence[str]) -> None:
    """Mask account and holder in the words of the rows above the table."""
    if reading.options.keep_pii:
        return
    number, holder = reading.label(*account) if account else None, reading.label(*_HOLDERS)
    hidden = [(number, account_tail(number or "")), (holder, mask_party(holder or ""))]
    for plain, shown in hidden:
        if plain:
            reading.set_apart = [attrs.evolve(row, text=row.text.replace(plain, shown)) for row in reading.set_apart]


def _references(frame: pl.DataFrame) -> pl.Series:
    """The bank's own references, and made ones where it has none: `syn-` and 16 hexadecimal digits.

    They are made of what the record shows, so that no account can be told from them, and not of the line, so that the same
    transaction has the same reference in two downloads that overlap.
    """
    names = ("account", "booked_on", "currency", "amount_minor", "balance_after_minor")
    known = frame.with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in (*names, "bank_ref") if name not in frame.columns
    )
    account = pl.col("account").str.extract(r"(\d{1,4})\D*$", 1).fill_null(pl.col("account"))
    parts = known.select(account, *(pl.col(name).cast(pl.String) for name in names[1:])).with_columns(
        nth=pl.int_range(pl.len()).over(names).cast(pl.String)
    )
    own = known["bank_ref"]
    # Zeros stand where there is no reference.
    own = own.zip_with(~own.str.contains("^0+$").fill_null(value=False), pl.Series([None], dtype=pl.String))
    made = [
        None
        if ref is not None
        else f"syn-{hashlib.sha256('|'.join(cell or '' for cell in row).encode()).hexdigest()[:16]}"
        for ref, row in zip(own, parts.iter_rows(), strict=True)
    ]
    return own.zip_with(own.is_not_null(), pl.Series(made, dtype=pl.String))


@attrs.frozen
class Balance(Amount):
    """The balance after a line: one that cannot be read costs the check of that line, and not the line."""

    to: str = attrs.field(kw_only=True, default="balance_after")

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        parsed = Amount.parse(self, cells, conventions)
        if not parsed.faults:
            return parsed
        text = f"{len(parsed.faults)} cells of {self.caption!r} are no amounts, and are left out"
        return attrs.evolve(parsed, faults=(), notes=[*parsed.notes, Note("balance.unreadable", text)])


@attrs.frozen
class Memo(Remark):
    """Words of the bank or the payer; several such columns become one text. Rules of dashes are nothing."""

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        return Remark.parse(self, without(cells, _rules(cells)), conventions)


def bank_table(
    *,
    columns: Iterable[Column],
    account: Sequence[str] = (),
    signed: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
    checks: Callable[[Reading], Iterable[Check]] | None = None,
    **declared: Any,  # noqa: ANN401 - what TableFormat takes
) -> TableFormat:
    """A bank statement that is a table.

    Signed amounts come from `amount`, or from `_gain` and `_loss`; the memo from `memo`, or from `_memo_1`, `_memo_2` and so on;
    the booking day from `booked_on`, or `_traded_on` where a line has none. Balances are checked from line to line.

    Args:
        columns: The columns, of which `_gain`, `_loss`, `_memo_1` and their kin are put together.
        account: Labels behind which the account stands above the table.
        signed: Adds the signed amount as `amount_minor`, where it is made in another way.
        checks: Further checks.
        **declared: What else `TableFormat` declares.
    """
    listed = tuple(columns)
    names = {column.name for column in listed}

    def derive(values: pl.DataFrame) -> pl.DataFrame:
        if signed is not None:
            values = signed(values)
        if "_gain_minor" in names:
            amount = gain_less_loss(pl.col("_gain_minor"), pl.col("_loss_minor"))
            values = values.with_columns(amount_minor=amount)
        parts = sorted(name for name in names if name.startswith("_memo_"))
        if parts:
            said = pl.concat_str(*parts, separator=" ", ignore_nulls=True)
            values = values.with_columns(memo=pl.when(said != "").then(said))
        if "_traded_on" in names:
            booked = pl.col("booked_on") if "booked_on" in names else pl.lit(None, dtype=pl.Date)
            values = values.with_columns(booked_on=pl.coalesce(booked, "_traded_on"))
        return values

    def shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
        _hide_holder(reading, account)
        return as_bank_lines(frame, reading, account=reading.label(*account) if account else None)

    def all_checks(reading: Reading) -> Iterator[Check]:
        if "balance_after_minor" in names:
            group = "currency" if "currency" in reading.values.columns else None
            yield from balance_checks(reading, balance="balance_after_minor", group=group)
        if checks is not None:
            yield from checks(reading)

    return TableFormat(
        record=BankTransaction, columns=listed, derive=derive, shape=shape, checks=all_checks, **declared
    )
