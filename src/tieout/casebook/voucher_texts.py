"""Vouchers as text and back, exactly: what a voucher says as one JSON text, what changes in its life as columns.

The text is what an auditor finds in thirty years, so its names are those of the fields; amounts are whole minor units beside
their currency, rates and quantities decimal text, and what is None or empty is left out.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
from moneyed import Money

from tieout.casebook.canonical import digest
from tieout.errors import CasebookError
from tieout.model import JournalLine, Provenance, Voucher, VoucherKind, VoucherStatus
from tieout.model._record import EMPTY, FrozenMapping, records_of
from tieout.model.currency import from_units, to_units

__all__ = ["HEAD", "Content", "content_of", "head_of", "places_of", "vouchers_of"]

HEAD = (
    "voucher_id",
    "book",
    "period",
    "word",
    "number",
    "date",
    "status",
    "kind",
    "attachments",
    "preparer",
    "reviewer",
    "poster",
    "cashier",
    "supervisor",
    "reversal_of",
    "content",
)
"""Columns of a version, which the entry of the log repeats."""

_TEXTS = ("summary", "account", "account_name", "role", "cash_flow_item")
_DECIMALS = ("fx_rate", "tax_rate", "quantity")
_OWN = {
    "debit": "debit_minor",
    "credit": "credit_minor",
    "tax_base": "tax_base_minor",
    "unit_price": "unit_price_minor",
}
_PLACE = ("format", "file", "sha256", "sheet", "line", "line_end")


@attrs.frozen
class Content:
    """What a voucher says, as text.

    Attributes:
        hash: SHA-256 of the text.
        payload: The text.
    """

    hash: str
    payload: str


def content_of(voucher: Voucher) -> Content:
    """Lines, events and places in files of a voucher.

    Raises:
        CasebookError: It holds text that no database keeps.
    """
    places: dict[Provenance, int] = {}
    own = [places.setdefault(place, len(places)) for place in voucher.source_refs]
    body = {
        "event_ids": voucher.event_ids,
        "lines": [_plain_line(line, voucher, places) for line in voucher.lines],
        "source_refs": own,
        "places": [_without_none({name: getattr(place, name) for name in _PLACE}) for place in places],
    }
    payload = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    try:
        return Content(digest(payload), payload)
    except UnicodeEncodeError as cause:
        problem = "it holds a character that no database keeps (half a pair)"
        raise CasebookError(problem, where=f"voucher {voucher.voucher_id}") from cause


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _plain_line(line: JournalLine, voucher: Voucher, places: dict[Provenance, int]) -> dict[str, Any]:
    side = line.debit if line.credit is None else line.credit
    values: dict[str, Any] = {"line_no": line.line_no, "currency": None if side is None else side.currency.code}
    for name in _TEXTS:
        values[name] = getattr(line, name)
    for name in _DECIMALS:
        number = getattr(line, name)
        values[name] = None if number is None else str(number)
    for name, column in _OWN.items():
        amount = getattr(line, name)
        values[column] = None if amount is None else to_units(amount.amount, amount.currency.code)
    if line.foreign_amount is not None:
        code = line.foreign_amount.currency.code
        values["foreign_minor"], values["foreign_currency"] = to_units(line.foreign_amount.amount, code), code
    if line.aux:
        values["aux"] = dict(line.aux)
    if line.sources != voucher.source_refs:  # most lines come from all that their voucher comes from
        values["sources"] = [places.setdefault(place, len(places)) for place in line.sources]
    return _without_none(values)


def head_of(voucher: Voucher, content: str) -> dict[str, Any]:
    """What changes in the life of a voucher, by the columns of `HEAD`.

    Args:
        voucher: A numbered voucher.
        content: Hash of what it says.
    """
    return {
        "voucher_id": voucher.voucher_id,
        "book": voucher.book_id or "",
        "period": voucher.period,
        "word": voucher.word,
        "number": voucher.number,
        "date": voucher.date.isoformat(),
        "status": voucher.status.value,
        "kind": voucher.kind.value,
        "attachments": voucher.attachments_count,
        "preparer": voucher.preparer,
        "reviewer": voucher.reviewer,
        "poster": voucher.poster,
        "cashier": voucher.cashier,
        "supervisor": voucher.supervisor,
        "reversal_of": voucher.reversal_of,
        "content": content,
    }


def places_of(voucher: Voucher) -> Iterable[Provenance]:
    """Every place in a file that a voucher or one of its lines comes from, once."""
    found = dict.fromkeys(voucher.source_refs)
    for line in voucher.lines:
        if line.sources is not voucher.source_refs:
            found.update(dict.fromkeys(line.sources))
    return found


def vouchers_of(heads: Sequence[Mapping[str, Any]], payloads: Mapping[str, str]) -> list[Voucher]:
    """Vouchers of their heads and of the texts that these name.

    What was kept was checked when it was built, and its hash tells whether it is the same: it is not checked again.

    Args:
        heads: Columns of `HEAD`.
        payloads: Texts by their hash.

    Raises:
        CasebookError: A text is missing, or is not what its hash was made of.
    """
    bodies: list[dict[str, Any]] = []
    for head in heads:
        payload = payloads.get(head["content"])
        if payload is None or digest(payload) != head["content"]:
            problem = "its lines are missing" if payload is None else "its lines are not what was kept"
            raise CasebookError(
                problem, where=f"voucher {head['voucher_id']}", hint="cases.verify() tells what was touched"
            )
        bodies.append(json.loads(payload))
    known = iter(_places([row for body in bodies for row in body["places"]]))
    places = [[next(known) for _ in body["places"]] for body in bodies]
    own = [tuple(found[at] for at in body["source_refs"]) for body, found in zip(bodies, places, strict=True)]
    lines = iter(_lines(bodies, places, own))
    fields: dict[str, Iterable[Any]] = {
        "voucher_id": [head["voucher_id"] for head in heads],
        "book_id": [head["book"] or None for head in heads],
        "date": [date.fromisoformat(head["date"]) for head in heads],
        "attachments_count": [head["attachments"] for head in heads],
        "status": [VoucherStatus(head["status"]) for head in heads],
        "kind": [VoucherKind(head["kind"]) for head in heads],
        "lines": [tuple(next(lines) for _ in body["lines"]) for body in bodies],
        "event_ids": [tuple(body["event_ids"]) for body in bodies],
        "source_refs": own,
        "part": [None] * len(heads),
        "parts": [None] * len(heads),
    }
    same = ("period", "word", "number", "preparer", "reviewer", "poster", "cashier", "supervisor", "reversal_of")
    return records_of(Voucher, fields | {name: [head[name] for head in heads] for name in same})


def _places(rows: Sequence[Mapping[str, Any]]) -> list[Provenance]:
    return records_of(Provenance, {name: [row.get(name) for row in rows] for name in _PLACE})


def _lines(
    bodies: Sequence[Mapping[str, Any]],
    places: Sequence[Sequence[Provenance]],
    own: Sequence[tuple[Provenance, ...]],
) -> list[JournalLine]:
    rows = [row for body in bodies for row in body["lines"]]
    sources = [
        tuple(found[at] for at in row["sources"]) if "sources" in row else whole
        for body, found, whole in zip(bodies, places, own, strict=True)
        for row in body["lines"]
    ]
    money = _Amounts()
    fields: dict[str, Iterable[Any]] = {
        "line_no": [row["line_no"] for row in rows],
        "aux": [FrozenMapping(row["aux"]) if "aux" in row else EMPTY for row in rows],
        "sources": sources,
        "foreign_amount": [money[row.get("foreign_minor"), row.get("foreign_currency", "")] for row in rows],
    }
    for name in _TEXTS:
        fields[name] = [row.get(name) for row in rows]
    for name in _DECIMALS:
        fields[name] = [Decimal(row[name]) if name in row else None for row in rows]
    for name, column in _OWN.items():
        fields[name] = [money[row.get(column), row["currency"]] for row in rows]
    return records_of(JournalLine, fields)


class _Amounts(dict[tuple[int | None, str], Money | None]):
    """Money of minor units and currency; each made once, since most lines of a book repeat some amounts."""

    def __missing__(self, key: tuple[int | None, str]) -> Money | None:
        minor, code = key
        self[key] = None if minor is None else Money(from_units(minor, code), code)
        return self[key]
