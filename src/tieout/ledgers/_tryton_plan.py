"""Everything that Tryton must have before vouchers go there: looked up first, so that one error can list all that is missing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook
from tieout.ledgers._tryton import Connection, Row, description_of, line_figures, text_of
from tieout.model import JournalLine, Voucher

__all__ = ["Plan", "account_types", "shown"]

_SHOWN = 10
_DIMENSIONS = ("customer", "supplier", "shop", "employee")
_HINT = (
    "open the accounts, periods or parties in Tryton, or say what it calls them with Tryton(accounts=, parties=, journal=); "
    "create_accounts() opens the book's accounts"
)
_TYPES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "asset": ("资产 Assets", {"statement": "balance", "assets": True}),
    "liability": ("负债 Liabilities", {"statement": "balance", "assets": False}),
    "equity": ("所有者权益 Equity", {"statement": "balance", "assets": False}),
    "income": ("收入 Income", {"statement": "income", "revenue": True}),
    "expense": ("费用 Expenses", {"statement": "income", "expense": True}),
}


@attrs.frozen(kw_only=True)
class Plan:
    """What Tryton calls what the vouchers name, all of it looked up before anything is written.

    Attributes:
        company: Id of the company.
        journal: Id of the journal.
        codes: Tryton's account code by ours.
        accounts: Account by Tryton's code.
        periods: Id of the period by day.
        currencies: Id of a currency by its code.
        parties: Id of a party by our name of it.
        new_parties: Names of the parties to create, by our name of them.
    """

    company: int
    journal: int
    codes: Mapping[str, str]
    accounts: Mapping[str, Row]
    periods: Mapping[date, int]
    currencies: Mapping[str, int]
    parties: Mapping[str, int]
    new_parties: Mapping[str, str]

    @classmethod
    def of(
        cls,
        vouchers: Sequence[Voucher],
        *,
        server: Connection,
        company: int,
        journal: str,
        accounts: Mapping[str, str],
        parties: Mapping[str, str],
        create_parties: bool,
    ) -> "Plan":
        """Look everything up.

        Args:
            vouchers: Vouchers that Tryton does not have yet.
            server: The server, answering as the company.
            company: Id of the company.
            journal: Code of the journal.
            accounts: Tryton's account code by ours, where they differ.
            parties: Tryton's party by our name of it, where they differ.
            create_parties: Whether a party that Tryton lacks will be created.

        Raises:
            LedgerError: Something is missing; the error lists all of it.
        """
        problems: list[str] = []
        lines = [line for voucher in vouchers for line in voucher.lines]
        own = ("company", "=", company)
        codes = {line.account: accounts.get(line.account, line.account) for line in lines}
        rows = _accounts(server, codes, own, problems)
        for voucher in vouchers:
            for line in voucher.lines:
                if codes[line.account] in rows:
                    _require_fit(line, voucher.date, rows[codes[line.account]], problems)
        periods = _periods(server, {voucher.date for voucher in vouchers}, own, problems)
        abroad = {line.foreign_amount.currency.code for line in lines if line.foreign_amount is not None}
        currencies = _currencies(server, abroad, problems)
        needing = [line for line in lines if rows.get(codes[line.account], {}).get("party_required")]
        known, missing = _parties(server, needing, parties, problems)
        if missing and not create_parties:
            problems.append(f"no party {shown(sorted(set(missing.values())))}")
        journal_id = _journal(server, journal, problems) if vouchers else 0
        if problems:
            raise LedgerError(
                f"Tryton cannot take the vouchers: {'; '.join(dict.fromkeys(problems))}", where="tryton", hint=_HINT
            )
        return cls(
            company=company,
            journal=journal_id,
            codes=codes,
            accounts=rows,
            periods=periods,
            currencies=currencies,
            parties=known,
            new_parties=missing,
        )

    def create_parties(self, server: Connection) -> dict[str, int]:
        """Create the parties that Tryton lacks; their ids by our names of them."""
        names = sorted(set(self.new_parties.values()))
        created = server.create("party.party", [{"name": name} for name in names]) if names else []
        ids = dict(zip(names, created, strict=True))
        return {ours: ids[name] for ours, name in self.new_parties.items()}

    def with_parties(self, created: Mapping[str, int]) -> "Plan":
        """The same with these parties too."""
        return attrs.evolve(self, parties={**self.parties, **created})

    def move(self, voucher: Voucher, origin: int | None) -> dict[str, Any]:
        """The values of a move."""
        return {
            "company": self.company,
            "journal": self.journal,
            "period": self.periods[voucher.date],
            "date": voucher.date,
            "description": description_of(voucher),
            "origin": None if origin is None else f"account.move,{origin}",
            "lines": [("create", [self._line(line) for line in voucher.lines])],
        }

    def _line(self, line: JournalLine) -> dict[str, Any]:
        code, debit, credit, abroad, foreign = line_figures(line, self.codes[line.account])
        values = {
            "account": self.accounts[code]["id"],
            "debit": debit,
            "credit": credit,
            "description": text_of(line.summary),
        }
        if abroad:
            values |= {"second_currency": self.currencies[abroad], "amount_second_currency": foreign}
        if self.accounts[code]["party_required"]:
            values["party"] = self.parties[_party_of(line) or ""]
        return values


def _accounts(server: Connection, codes: Mapping[str, str], own: object, problems: list[str]) -> dict[str, Row]:
    fields = ["code", "type", "closed", "party_required", "second_currency.code", "start_date", "end_date"]
    rows = server.with_ended().search_each("account.account", "code", codes.values(), also=[own], fields=fields)
    accounts = {row["code"]: row for row in rows}
    missing = [_both(ours, theirs) for ours, theirs in sorted(codes.items()) if theirs not in accounts]
    if missing:
        problems.append(f"no account {shown(missing)}")
    twice = sorted({row["code"] for row in rows if accounts[row["code"]] is not row})
    if twice:
        problems.append(f"several accounts with code {shown(twice)}")
    closed = sorted(code for code, row in accounts.items() if row["closed"] or row["type"] is None)
    if closed:
        problems.append(f"closed accounts, or accounts that only have others below them: {shown(closed)}")
    return accounts


def _both(ours: str, theirs: str) -> str:
    return theirs if ours == theirs else f"{theirs} (our {ours})"


def _require_fit(line: JournalLine, day: date, account: Row, problems: list[str]) -> None:
    """A line's day is one that its account is open on, and its currency the one that its account takes."""
    code, start, end = account["code"], account["start_date"], account["end_date"]
    if (start or day) > day or (end or day) < day:
        problems.append(f"account {code} is open from {start or 'ever'} to {end or 'ever'}, needed for {day}")
    needed = (account.get("second_currency.") or {}).get("code")
    given = None if line.foreign_amount is None else line.foreign_amount.currency.code
    if needed is not None and needed != given:
        problems.append(f"account {code} takes only {needed}, a line is in {given or 'the book currency'}")


def _periods(server: Connection, days: set[date], own: object, problems: list[str]) -> dict[date, int]:
    if not days:
        return {}
    fields = ["name", "start_date", "end_date", "state"]
    span = [("start_date", "<=", max(days)), ("end_date", ">=", min(days))]
    rows = server.search("account.period", [own, ("type", "=", "standard"), *span], fields)
    periods = {}
    for day in sorted(days):
        row = next((row for row in rows if row["start_date"] <= day <= row["end_date"]), None)
        if row is None:
            problems.append(f"no period for {day}")
        elif row["state"] != "open":
            problems.append(f"period {row['name']} is {row['state']}, needed for {day}")
        else:
            periods[day] = row["id"]
    return periods


def _currencies(server: Connection, codes: set[str], problems: list[str]) -> dict[str, int]:
    rows = server.search_each("currency.currency", "code", codes, also=[], fields=["code"])
    found = {row["code"]: row["id"] for row in rows}
    if codes - found.keys():
        problems.append(f"no currency {shown(sorted(codes - found.keys()))}")
    return found


def _journal(server: Connection, code: str, problems: list[str]) -> int:
    rows = server.search("account.journal", [], ["code", "name"])
    found = [row["id"] for row in rows if row["code"] == code]
    if len(found) != 1:
        listed = ", ".join(sorted(row["code"] or row["name"] for row in rows))
        problems.append(f"no journal {code}, or several; there are {listed or 'none'}")
        return 0
    return int(found[0])


def _parties(
    server: Connection, lines: Iterable[JournalLine], names: Mapping[str, str], problems: list[str]
) -> tuple[dict[str, int], dict[str, str]]:
    """Party by our name of it, and the names of those to create."""
    wanted: dict[str, str] = {}
    for line in lines:
        ours = _party_of(line)
        if ours is None:
            problems.append(
                f"account {line.account} requires a party, and a line names none of {', '.join(_DIMENSIONS)}"
            )
        else:
            wanted[ours] = names.get(ours, ours)
    rows: dict[str, set[int]] = {}
    for field in ("name", "code"):
        for row in server.search_each("party.party", field, wanted.values(), also=[], fields=["name", "code"]):
            rows.setdefault(row[field], set()).add(row["id"])
    several = sorted({name for name in wanted.values() if len(rows.get(name, ())) > 1})
    if several:
        problems.append(f"several parties named {shown(several)}")
    missing = {ours: name for ours, name in wanted.items() if name not in rows}
    return {ours: min(rows[name]) for ours, name in wanted.items() if name in rows}, missing


def _party_of(line: JournalLine) -> str | None:
    """Our name of the party of a line, on one line."""
    return next((text_of(line.aux[name]) for name in _DIMENSIONS if line.aux.get(name)), None)


def account_types(server: Connection, company: int, codes: Iterable[str], *, book: LedgerBook) -> dict[str, int]:
    """One plain account type for each of our types that some accounts are of, by account code; created when missing.

    Raises:
        LedgerError: The book does not know an account.
    """
    kinds = {code: _type_of(code, book) for code in codes}
    rows = server.search("account.account.type", [("company", "=", company)], ["name"])
    by_name = {row["name"]: row["id"] for row in rows}
    missing = [kind for kind in _TYPES if kind in kinds.values() and _TYPES[kind][0] not in by_name]
    if missing:
        values = [{"company": company, "name": _TYPES[kind][0], **_TYPES[kind][1]} for kind in missing]
        created = server.create("account.account.type", values)
        by_name.update(zip((_TYPES[kind][0] for kind in missing), created, strict=True))
    return {code: by_name[_TYPES[kind][0]] for code, kind in kinds.items()}


def _type_of(code: str, book: LedgerBook) -> str:
    account = book.find_account(code)
    if account is None or str(account.type) not in _TYPES:
        raise LedgerError(f"the book knows no account {code} of a type that Tryton has", where="vouchers")
    return str(account.type)


def shown(items: Sequence[str]) -> str:
    text = ", ".join(items[:_SHOWN])
    return text if len(items) <= _SHOWN else f"{text} and {len(items) - _SHOWN} more"
