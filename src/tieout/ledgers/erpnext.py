"""ERPNext: Journal Entries as documents in JSON, or as the CSV of its data import.

One document a voucher, for `frappe.get_doc(...).insert()` or its REST interface; as CSV one row a line, with what the voucher
says as a whole on its first row alone. They come in as drafts. Receivable and payable accounts carry the party that ERPNext
demands there. Red figures are turned to the other side, which ERPNext does when it books.

Rules: `domain.md` 8, and ERPNext's own checks of the form.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar, Final, Literal, TypeAlias

import attrs
from moneyed import Money

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text, plain_number, plain_text
from tieout.ledgers._cells import guarded
from tieout.ledgers._entries import Entry, frozen_texts, left_out, original_amount, side_amount, whole_vouchers
from tieout.model import JournalLine, Voucher
from tieout.model.currency import exactly, exponent

__all__ = ["COLUMNS", "LEDGER", "ErpNext", "PartyType"]

PartyType: TypeAlias = Literal["Customer", "Supplier"]
_Field: TypeAlias = str | int | Decimal
_Fields: TypeAlias = dict[str, _Field]

_LINE: Final = "{} (Accounting Entries)"
_HEAD: Final = MappingProxyType(
    {
        "ID": "name",
        "Entry Type": "voucher_type",
        "Company": "company",
        "Posting Date": "posting_date",
        "Reference Number": "cheque_no",
        "Reference Date": "cheque_date",
        "User Remark": "user_remark",
        "Multi Currency": "multi_currency",
    }
)
_LINES: Final = MappingProxyType(
    {
        _LINE.format("Account"): "account",
        _LINE.format("Debit"): "debit_in_account_currency",
        _LINE.format("Credit"): "credit_in_account_currency",
        _LINE.format("Exchange Rate"): "exchange_rate",
        _LINE.format("Party Type"): "party_type",
        _LINE.format("Party"): "party",
        _LINE.format("Cost Center"): "cost_center",
        _LINE.format("Project"): "project",
        _LINE.format("User Remark"): "user_remark",
    }
)
COLUMNS: Final = (*_HEAD, *_LINES)
"""The captions of the CSV, in order."""

_PARTY_TYPES: Final[Mapping[str, PartyType]] = MappingProxyType({"ar": "Customer", "ap": "Supplier"})
_PARTIES: Final = MappingProxyType({"Customer": ("customer", "shop", "supplier"), "Supplier": ("supplier",)})
_LINKS: Final = ("department", "project")
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_LEAF: Final = "erpnext"
_FORMATS: Final = ("json", "csv")
_RATE_DECIMALS: Final = 9
_SHOWN: Final = 10


def _with_party_types(value: Mapping[str, str]) -> Mapping[str, PartyType]:
    """Party types by whatever needs one."""
    given = frozen_texts(value)
    known: dict[str, PartyType] = {kind: kind for kind in _PARTY_TYPES.values()}
    for kind in given.values():
        if kind not in known:
            raise LedgerError(f"party type {kind!r} is none of {', '.join(known)}", where="options")
    return MappingProxyType({name: known[kind] for name, kind in given.items()})


@attrs.frozen(kw_only=True)
class ErpNext(LedgerOptions):
    """The Journal Entry of ERPNext.

    Attributes:
        file_format: `json` for documents, `csv` for the data import.
        company: Name of the company; None for the importing user's own.
        abbr: The company's abbreviation, which ends the names of its accounts: `1002 - Bank - ABC`. None where accounts are
            named in `accounts`.
        accounts: Full name there of an account, by code, where it is not made of code, name and abbreviation.
        account_currencies: Currency of the accounts that are kept in another one than the company's, by code. Lines on them
            are written in that currency, all others in the company's.
        party_accounts: What kind of party an account needs, by code. None: accounts with a role `ar_...` are receivable and
            need a customer, those with `ap_...` are payable and need a supplier.
        parties: The name there of a party, by what vouchers call it, where it is another.
        default_parties: Party of the lines that name none, by party type.
        cost_center: Cost centre of lines that name no department; None to leave it to the company's.
    """

    evidence: ClassVar[str] = "columns only"
    takes_red: ClassVar[bool] = False

    file_format: Literal["json", "csv"] = attrs.field(default="json")
    company: str | None = None
    abbr: str | None = None
    accounts: Mapping[str, str] = attrs.field(default=_NONE, converter=frozen_texts)
    account_currencies: Mapping[str, str] = attrs.field(default=_NONE, converter=frozen_texts)
    party_accounts: Mapping[str, PartyType] | None = attrs.field(
        default=None, converter=attrs.converters.optional(_with_party_types)
    )
    parties: Mapping[str, str] = attrs.field(default=_NONE, converter=frozen_texts)
    default_parties: Mapping[str, str] = attrs.field(default=_NONE, converter=frozen_texts)
    cost_center: str | None = None

    @default_parties.validator
    def _require_known(self, _: object, value: Mapping[str, str]) -> None:
        _with_party_types({party: kind for kind, party in value.items()})

    @file_format.validator
    def _require_format(self, _: object, value: str) -> None:
        if value not in _FORMATS:
            raise LedgerError(f"{value!r} is none of {', '.join(_FORMATS)}", where="file_format")

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return f".{self.file_format}"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in UTF-8.

        Raises:
            LedgerError: Lines on receivable or payable accounts name no party, all of them listed; a sheet is missing; a
                line is in another currency than the book's; or no rate gives its amount.
        """
        documents = list(self._documents(whole_vouchers(vouchers, book=book, where=_LEAF), book))
        text = _json(documents) if self.file_format == "json" else _csv(documents)
        return (text.encode("utf-8"),)

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """Dimensions that no field takes: a party stands on receivable and payable accounts alone."""
        party_types = self._party_types(line for voucher in vouchers for line in voucher.lines)

        def kept(line: JournalLine) -> tuple[str, ...]:
            party_type = party_types.get(line.account)
            party = None if party_type is None else _party_dimension(line, party_type)
            return _LINKS if party is None else (*_LINKS, party)

        return left_out(vouchers, dimensions=kept, has_quantity=False)

    def _documents(self, entries: Sequence[Entry], book: LedgerBook) -> Iterator[tuple[_Fields, list[_Fields]]]:
        party_types = self._party_types(line for entry in entries for line in entry.lines)
        self._require_parties(entries, party_types)
        for entry in entries:
            is_foreign = any(line.account in self.account_currencies for line in entry.lines)
            head: _Fields = {
                "doctype": "Journal Entry",
                "voucher_type": "Journal Entry",
                **({} if self.company is None else {"company": plain_text(self.company)}),
                "posting_date": entry.head.date.isoformat(),
                "cheque_no": plain_text(entry.head.voucher_id),
                "cheque_date": entry.head.date.isoformat(),
                "user_remark": plain_text(f"{entry.name} {entry.lines[0].summary}"),
                "multi_currency": int(is_foreign),
            }
            yield head, [self._row(line, party_types, book, where) for where, line in _placed(entry)]

    def _row(self, line: JournalLine, party_types: Mapping[str, PartyType], book: LedgerBook, where: str) -> _Fields:
        party_type = party_types.get(line.account)
        party = {} if party_type is None else {"party_type": party_type, "party": self._party(line, party_type) or ""}
        links = {"cost_center": line.aux.get("department", self.cost_center), "project": line.aux.get("project")}
        return {
            "account": self._account(line, book),
            **{name: plain_text(text) for name, text in party.items()},
            **{name: plain_text(text) for name, text in links.items() if text is not None},
            **self._figures(line, book, f"{_LEAF}: {where}"),
            "user_remark": plain_text(self._remark(line)),
        }

    def _account(self, line: JournalLine, book: LedgerBook) -> str:
        named = self.accounts.get(line.account)
        parts = [line.account, book.account_name(line.account), self.abbr]
        return plain_text(" - ".join(part for part in parts if part) if named is None else named)

    def _party(self, line: JournalLine, party_type: PartyType) -> str | None:
        dimension = _party_dimension(line, party_type)
        if dimension is None:
            return self.default_parties.get(party_type)
        return self.parties.get(line.aux[dimension], line.aux[dimension])

    def _party_types(self, lines: Iterable[JournalLine]) -> Mapping[str, PartyType]:
        """Party type by account, told by the roles of the lines unless it is said."""
        if self.party_accounts is not None:
            return self.party_accounts
        kinds = {line.account: line.role.partition("_")[0] for line in lines if line.role is not None}
        return {account: _PARTY_TYPES[kind] for account, kind in kinds.items() if kind in _PARTY_TYPES}

    def _require_parties(self, entries: Sequence[Entry], party_types: Mapping[str, PartyType]) -> None:
        lacking = [
            f"{where} ({line.account}: {party_types[line.account]})"
            for entry in entries
            for where, line in _placed(entry)
            if line.account in party_types and self._party(line, party_types[line.account]) is None
        ]
        if lacking:
            more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
            raise LedgerError(
                f"receivable and payable accounts need a party; none on {', '.join(lacking[:_SHOWN])}{more}",
                where=_LEAF,
                hint="name one for all with default_parties, or say with party_accounts which accounts need one",
            )

    def _remark(self, line: JournalLine) -> str:
        """The summary; with the original amount where the account is not kept in its currency."""
        original = line.foreign_amount
        if original is None or line.account in self.account_currencies:
            return line.summary
        rate = "" if line.fx_rate is None else f" x {plain_number(line.fx_rate)}"
        return f"{line.summary} ({amount_text(original)} {original.currency.code}{rate})"

    def _figures(self, line: JournalLine, book: LedgerBook, where: str) -> _Fields:
        side, original = side_amount(line), original_amount(line)
        kept_in = self.account_currencies.get(line.account, book.currency)
        if kept_in == book.currency:
            amount, rate = side, Decimal(1)
        elif original.currency.code == kept_in:
            amount, rate = original, _rate(side, original, line.fx_rate, where)
        else:
            raise LedgerError(
                f"account {line.account} is kept in {kept_in}; the line says no amount in it", where=where
            )
        written, nothing = Decimal(amount_text(amount)), Decimal(amount_text(Money(0, amount.currency)))
        return {
            "exchange_rate": rate,
            "debit_in_account_currency": nothing if line.debit is None else written,
            "credit_in_account_currency": nothing if line.credit is None else written,
        }


def _placed(entry: Entry) -> Iterator[tuple[str, JournalLine]]:
    """The lines of a voucher, with the words by which errors name them."""
    return ((f"{entry.name} line {at}", line) for at, line in enumerate(entry.lines, start=1))


def _party_dimension(line: JournalLine, party_type: PartyType) -> str | None:
    return next((name for name in _PARTIES[party_type] if name in line.aux), None)


def _rate(side: Money, original: Money, stated: Decimal | None, where: str) -> Decimal:
    """A rate that gives the amount of the books when ERPNext multiplies and rounds: the voucher's, or the quotient.

    ERPNext rounds halves in its own way, so a product that ends between two units does not count.
    """
    code = side.currency.code
    with exactly():
        unit = Decimal(1).scaleb(-exponent(code))
        quotient = (
            (side.amount / original.amount).quantize(Decimal(1).scaleb(-_RATE_DECIMALS)) if original.amount else None
        )
        for rate in (stated, quotient):
            if rate is not None and abs(original.amount * rate - side.amount) * 2 < unit:
                return rate
    raise LedgerError(f"no rate of {_RATE_DECIMALS} decimals makes {side.amount} {code} of {original}", where=where)


def _json(documents: Sequence[tuple[_Fields, list[_Fields]]]) -> str:
    """Documents as a JSON array, a line each for head and rows; figures are numbers with all their decimals."""
    blocks = []
    for head, rows in documents:
        listed = ",\n".join(f"  {{{_members(row)}}}" for row in rows)
        blocks.append(f'{{{_members(head)}, "accounts": [\n{listed}\n]}}')
    return "[\n" + ",\n".join(blocks) + "\n]\n" if blocks else "[]\n"


def _members(fields: _Fields) -> str:
    return ", ".join(f'"{name}": {_value(value)}' for name, value in fields.items())


def _value(value: _Field) -> str:
    return plain_number(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _csv(documents: Sequence[tuple[_Fields, list[_Fields]]]) -> str:
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for head, lines in documents:
        for at, line in enumerate(lines):
            first = [_cell(head.get(name, "")) if at == 0 else "" for name in _HEAD.values()]
            rows.writerow([*first, *(_cell(line.get(name, "")) for name in _LINES.values())])
    return text.getvalue()


def _cell(value: _Field) -> str:
    return guarded(value) if isinstance(value, str) else _value(value)


LEDGER = ErpNext()
