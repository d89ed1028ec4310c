"""What `tryton` asks a Tryton server, and how its answers are read."""

import urllib.parse
import xmlrpc.client
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from http.client import HTTPException
from importlib import import_module
from typing import Any, Protocol, cast

import attrs

from tieout.errors import LedgerError, MissingExtra
from tieout.ledgers._base import amount_text, plain_text, voucher_name
from tieout.model import JournalLine, Voucher

__all__ = [
    "Config",
    "Connection",
    "Found",
    "Row",
    "connect",
    "description_of",
    "figures_of",
    "find_moves",
    "key_of",
    "line_figures",
    "references_of",
    "reversed_key_of",
    "text_of",
]

Row = Mapping[str, Any]
Figures = tuple[str, Decimal, Decimal, str, Decimal]
_IDS_ASKED_AT_ONCE = 100
_ROWS_ASKED_AT_ONCE = 1000
_NOT_IN_XML = str.maketrans({"\ufffe": " ", "\uffff": " "})


class Config(Protocol):
    """A configuration of proteus, which has no types itself."""

    @property
    def context(self) -> Mapping[str, object]:
        """Tryton's context of the user who is logged in."""
        ...  # pyright takes a bare docstring for a body that returns None

    def get_proxy(self, model: str, /) -> object:
        """The methods of a model, each of which takes the context last."""
        ...


@attrs.frozen
class Connection:
    """A Tryton server that answers as one company.

    Attributes:
        config: Configuration of proteus.
        context: Tryton's context of every call.
    """

    config: Config = attrs.field(repr=False)  # may hold a password
    context: Mapping[str, object] = attrs.field(repr=False)

    def of_company(self, company: int) -> "Connection":
        """The same server, answering as one company."""
        return attrs.evolve(self, context={**self.context, "company": company})

    def with_ended(self) -> "Connection":
        """The same, with records that are not in use today."""
        return attrs.evolve(self, context={**self.context, "active_test": False})

    def call(self, model: str, method: str, *arguments: object) -> object:
        """The answer to one call, of whatever type the method has; Tryton runs the call in one transaction.

        Raises:
            LedgerError: Tryton refuses, or cannot be reached; no password is said.
        """
        try:
            return getattr(self.config.get_proxy(model), method)(*arguments, dict(self.context))
        except (xmlrpc.client.ProtocolError, HTTPException) as refusal:
            raise LedgerError(_told(refusal), where=f"tryton: {model}.{method}", hint=_hint(refusal)) from None
        except Exception as cause:  # in process, Tryton raises classes of its own, and any of the database's
            raise LedgerError(_told(cause), where=f"tryton: {model}.{method}") from cause

    def search(self, model: str, domain: Sequence[Any], fields: Sequence[str]) -> list[Row]:
        """The rows that a domain selects, in the order of their ids."""
        rows = self.call(model, "search_read", list(domain), 0, None, [("id", "ASC")], [*fields])
        return list(cast("Iterable[Row]", rows))

    def create(self, model: str, values: Sequence[Mapping[str, object]]) -> list[int]:
        """The ids of new records, in the order of their values."""
        return list(cast("Iterable[int]", self.call(model, "create", list(values))))

    def search_each(
        self, model: str, field: str, values: Iterable[Any], *, also: Sequence[object], fields: Sequence[str]
    ) -> list[Row]:
        """The rows whose field has one of many values, asked in portions."""
        wanted = sorted(set(values))
        portions = (wanted[at : at + _ROWS_ASKED_AT_ONCE] for at in range(0, len(wanted), _ROWS_ASKED_AT_ONCE))
        return [row for some in portions for row in self.search(model, [*also, (field, "in", some)], fields)]


def connect(config: Config | str | None) -> Connection:
    """The server of a proteus configuration, of an XML-RPC address, of a database, or the one proteus uses now.

    Raises:
        LedgerError: There is none, or it cannot be reached.
        MissingExtra: proteus is not installed.
    """
    if config is not None and not isinstance(config, str):
        return Connection(config, config.context)
    try:
        proteus = import_module("proteus.config")  # only those who send to Tryton need it
    except ImportError as cause:
        raise MissingExtra("proteus", extra="tryton", purpose="sending vouchers to Tryton") from cause
    if config is None:
        found = proteus.get_config()
        if found is None:
            raise LedgerError(
                "no server is named", where="Tryton.config", hint="give a proteus configuration or an address"
            )
        return connect(found)
    make = proteus.XmlrpcConfig if urllib.parse.urlsplit(config).scheme in {"http", "https"} else proteus.TrytondConfig
    try:
        return connect(make(config))
    except (xmlrpc.client.ProtocolError, HTTPException) as refusal:
        raise LedgerError(_told(refusal), where="tryton: connecting", hint=_hint(refusal)) from None
    except Exception as cause:  # what the net raises, and in process classes of Tryton and of any database
        raise LedgerError(_told(cause), where="tryton: connecting") from cause


def _told(cause: Exception) -> str:
    """What a failed call says, without addresses, which may hold a password."""
    if isinstance(cause, xmlrpc.client.ProtocolError):
        return f"the server answers {cause.errcode} {cause.errmsg}".strip()
    if isinstance(cause, HTTPException):
        return f"the server cannot be asked: {type(cause).__name__}"
    if isinstance(cause, xmlrpc.client.Fault):
        return plain_text(str(cause.faultString)).removesuffix(" -")
    message = getattr(cause, "message", None)
    return plain_text(message) if isinstance(message, str) else plain_text(f"{type(cause).__name__}: {cause}")


def _hint(cause: Exception) -> str:
    if isinstance(cause, xmlrpc.client.ProtocolError) and cause.errcode in {404, 405}:
        return "the address ends in /DATABASE/rpc/"
    if isinstance(cause, xmlrpc.client.ProtocolError) and cause.errcode in {401, 403}:
        return "name and password stand in the address: https://NAME:PASSWORD@HOST/DATABASE/rpc/"
    return ""


def text_of(text: str) -> str | None:
    """A text on one line that XML can carry; None when nothing is left of it."""
    return plain_text(text.translate(_NOT_IN_XML)) or None


def key_of(voucher: Voucher) -> str:
    """What a move's description ends in: the voucher's id, and its sheet when it fills several.

    Raises:
        LedgerError: The id cannot be written on one line.
    """
    return _key(voucher.voucher_id, voucher.part, voucher.parts)


def reversed_key_of(voucher: Voucher) -> str | None:
    """The key of the voucher, or of its sheet, that this one takes back; None when it takes none back."""
    return None if voucher.reversal_of is None else _key(voucher.reversal_of, voucher.part, voucher.parts)


def _key(voucher_id: str, part: int | None, parts: int | None) -> str:
    if text_of(voucher_id) != voucher_id or " " in voucher_id:
        raise LedgerError(f"the id {voucher_id!r} has spaces or characters that Tryton cannot find", where="voucher_id")
    return f"[{voucher_id}]" if part is None else f"[{voucher_id} {part}/{parts}]"


def description_of(voucher: Voucher) -> str:
    """The description of a move: period, word, number, the first summary, and the key that it is found by."""
    words = f"{voucher.period} {voucher_name(voucher)} {text_of(voucher.lines[0].summary) or ''}"
    return f"{words.rstrip()} {key_of(voucher)}"


@attrs.frozen(kw_only=True)
class Found:
    """A move that Tryton has of a voucher.

    Attributes:
        id: Its id in Tryton.
        reference: Its number, or that it is a draft.
        is_draft: Whether it is not posted.
        date: Its day.
        figures: Its lines, sorted.
    """

    id: int
    reference: str
    is_draft: bool
    date: date
    figures: tuple[Figures, ...]


def find_moves(server: Connection, keys: Iterable[str], *, company: int) -> dict[str, Found]:
    """The moves of a company by the key their description ends in.

    A move that Tryton made to cancel one of them has the same description, and is left out.

    Raises:
        LedgerError: Two moves have the same key.
    """
    wanted = sorted(set(keys))
    rows: dict[str, list[Row]] = {}
    for at in range(0, len(wanted), _IDS_ASKED_AT_ONCE):
        some = wanted[at : at + _IDS_ASKED_AT_ONCE]
        likes = [("description", "like", f"%{_any_wildcard(key)}") for key in some]
        for row in server.search("account.move", [("company", "=", company), ["OR", *likes]], _MOVE_FIELDS):
            for key in some:
                if row["description"].endswith(f" {key}"):
                    rows.setdefault(key, []).append(row)
    return {key: _found(key, moves) for key, moves in rows.items()}


_MOVE_FIELDS = (
    "number",
    "state",
    "date",
    "description",
    "origin",
    "lines.debit",
    "lines.credit",
    "lines.account.code",
    "lines.amount_second_currency",
    "lines.second_currency.code",
)


def _any_wildcard(key: str) -> str:
    """A pattern that the key fits, whatever a database takes for an escape; what else fits is sorted out after."""
    return "".join("_" if character in "\\%_" else character for character in key)


def _found(key: str, moves: list[Row]) -> Found:
    origins = {f"account.move,{row['id']}" for row in moves}
    own = [row for row in moves if row["origin"] not in origins]
    if len(own) != 1:
        listed = ", ".join(_reference(row) for row in own)
        raise LedgerError(f"voucher {key} is there more than once: {listed}", where="tryton: account.move")
    row = own[0]
    return Found(
        id=row["id"],
        reference=_reference(row),
        is_draft=row["state"] == "draft",
        date=row["date"],
        figures=tuple(sorted(_row_figures(line) for line in row.get("lines.") or ())),
    )


def references_of(server: Connection, ids: Iterable[int]) -> dict[int, str]:
    """What Tryton calls moves, by their ids: the number of a posted one, the id of a draft."""
    rows = server.search_each("account.move", "id", ids, also=[], fields=["number"])
    return {row["id"]: _reference(row) for row in rows}


def _reference(row: Row) -> str:
    return f"move {row['number']}" if row["number"] else f"draft {row['id']}"


def _row_figures(line: Row) -> Figures:
    second = line.get("second_currency.") or {}
    account = line.get("account.") or {}
    amount = line["amount_second_currency"]
    return (account.get("code") or "", line["debit"], line["credit"], second.get("code") or "", amount or Decimal(0))


def line_figures(line: JournalLine, code: str) -> Figures:
    """What Tryton shall have of a line: account, debit, credit, second currency, and its amount.

    Tryton keeps a negative debit or credit as it is. The amount in the second currency is positive towards the debit.
    """
    debit = Decimal(0) if line.debit is None else Decimal(amount_text(line.debit))
    credit = Decimal(0) if line.credit is None else Decimal(amount_text(line.credit))
    if line.foreign_amount is None:
        return code, debit, credit, "", Decimal(0)
    foreign = Decimal(amount_text(line.foreign_amount))
    signed = foreign if line.debit is not None else -foreign
    return code, debit, credit, line.foreign_amount.currency.code, signed


def figures_of(voucher: Voucher, codes: Mapping[str, str]) -> tuple[Figures, ...]:
    """What Tryton shall have of a voucher's lines, sorted, under Tryton's account codes."""
    return tuple(sorted(line_figures(line, codes.get(line.account, line.account)) for line in voucher.lines))
