"""SWIFT MT940 and MT942 bank statements (MT940 银行对账单).

One file holds many statements, each begun by `:20:`; some stand in blocks `{1:...}{4:` of SWIFT or below lines of the bank's own.
`:61:` is an entry: value date, often the booking day without its year, sign, amount with a decimal comma, type, references;
`:86:` below it, of several lines or several times over, says what it was: in subfields `?20` (Germany), codes such as `/REMI/`
(Netherlands), or freely. `:NS:` takes its place at some banks. `RC` takes a receipt back and `RD` a payment.

A value date such as 30 February, which banks that count thirty days a month write, is left out with a note; the booking day must
be one. Where the entry names no booking day it is the value date. The interim report MT942 has no balances, but numbers and sums,
and entries that are but expected (`EC`, `ED`): they are set apart.

The library mt-940 is what the tests compare with. It is not read with: it keeps the balances of the last statement alone and no
line numbers, moves 30 February to the 29th without a word, and takes a closing balance without currency for another amount.

Rules: SWIFT's standards for category 9, `formats.md` 6.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import attrs

from tieout.errors import CorruptFile
from tieout.sources._bank import account_tail
from tieout.sources._document import Document
from tieout.sources._entries import Balance, Entry, Statement, Total
from tieout.sources._statements import StatementFormat, Walk

__all__ = ["FORMAT"]

_TAG: Final = re.compile(r"^:(13D?|20|21|25P?|28C?|34F|60[FM]|61|62[FM]|6[45]|86|90[CD]|NS):(.*)$")
_BLOCK: Final = re.compile(r"^(?:\{[^{}]*\})*\{4:")
_END: Final = re.compile(r"^-(?:\}.*|XXX|[\x00-\x20]*)$")
_ENTRY: Final = re.compile(
    r"^(?P<value>\d{6})(?P<booked>\d{4})?(?P<mark>[RE]?[CD])(?P<funds>[A-Z])?(?P<amount>\d*,\d*|\d+(?=[A-Z]))"
    r"(?P<type>[NSFM][A-Z0-9 ]{3})(?P<rest>.*)$"
)
_EXPECTED: Final = re.compile(r"^\d{6}(?:\d{4})?E[CD]")
_BALANCE: Final = re.compile(r"^(?P<mark>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})?(?P<amount>\d*,\d*)\s*$")
_TOTAL: Final = re.compile(r"^(?P<count>\d{1,5})(?P<currency>[A-Z]{3})(?P<amount>\d*,\d*)\s*$")
_FLOOR: Final = re.compile(r"^([A-Z]{3})")
_PAGE: Final = re.compile(r"^\s*(\d{1,5})(?:/(\d{1,5}))?")
_IBAN: Final = re.compile(r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$")
_NOTHING: Final = {"NONREF", "NOTPROVIDED"}
_REFERENCE_LENGTH: Final = 16
_CHUNK: Final = 27  # characters of a full German subfield, which goes on in the next one without a blank
_CENTURY_YEAR: Final = 70


@attrs.define(kw_only=True)
class _Field:
    """One tag with the lines that go on from it.

    Attributes:
        tag: Its name.
        line: Its first line, 1-based.
        texts: What it says, line by line.
    """

    tag: str
    line: int
    texts: list[str]

    @property
    def line_end(self) -> int:
        return self.line + len(self.texts) - 1


def _fields(lines: tuple[str, ...]) -> Iterator[_Field]:
    """The tags in order; lines that belong to none are passed over, and stay around the entries."""
    current: _Field | None = None
    for number, line in enumerate(lines, start=1):
        text = _BLOCK.sub("", line.lstrip("\x01\ufeff"))
        found = _TAG.match(text)
        if found is not None:
            if current is not None:
                yield current
            current = _Field(tag=found[1], line=number, texts=[found[2]])
        elif _END.match(text) or text.startswith("{"):
            if current is not None:
                yield current
            current = None
        elif current is not None:
            current.texts.append(text)
    if current is not None:
        yield current


def _walk(document: Document) -> Walk:
    walk = Walk()
    walk.count = len(re.findall(r"^\s*:61:", "\n".join(document.lines.lines), re.MULTILINE))
    entry: list[_Field] = []
    for field in _fields(document.lines.lines):
        if entry and field.tag not in {"86", "NS"}:
            _add(walk, entry)
            entry = []
        if field.tag == "61":
            entry = [field]
        elif entry:
            entry.append(field)
        else:
            _tell(walk, field)
    if entry:
        _add(walk, entry)
    _refuse_open(walk, document)
    return walk


def _tell(walk: Walk, field: _Field) -> None:
    """What a tag says about the statement."""
    text = field.texts[0].strip()
    if field.tag == "20" or not walk.statements or (field.tag == "60F" and walk.statements[-1].opening is not None):
        account = walk.statements[-1].account if walk.statements and field.tag == "60F" else None
        walk.statements.append(Statement(name=f"statement {len(walk.statements) + 1}", account=account))
    statement = walk.statements[-1]
    if field.tag in {"25", "25P"}:
        statement.account = text
        statement.name += f" ({account_tail(text)})"
    elif field.tag in {"28", "28C"}:
        page = _PAGE.match(text)
        statement.page = None if page is None else (int(page[1]), int(page[2] or 1))
    elif field.tag in {"60F", "60M"}:
        statement.opening = _balance(walk, field)
        statement.currency = (statement.opening and statement.opening.currency) or statement.currency
    elif field.tag in {"62F", "62M"}:
        balance = _balance(walk, field)
        statement.closing = balance and attrs.evolve(balance, currency=balance.currency or statement.currency)
    elif field.tag == "34F":
        floor = _FLOOR.match(text)
        statement.currency = statement.currency or (floor and floor[1])
    elif field.tag in {"90C", "90D"} and (total := _TOTAL.match(text)) is not None:
        statement.totals.append(_total(field.tag, total))


def _total(tag: str, found: re.Match[str]) -> Total:
    is_receipts = tag == "90C"
    return Total(
        name="receipts" if is_receipts else "payments",
        amount=found["amount"].replace(",", "."),
        count=found["count"],
        sign=1 if is_receipts else -1,
        currency=found["currency"],
    )


def _balance(walk: Walk, field: _Field) -> Balance | None:
    found = _BALANCE.match(field.texts[0].strip())
    if found is None:
        walk.note("balance.unreadable", f"the balance on line {field.line} cannot be read")
        return Balance(amount=field.texts[0].strip(), currency=None)
    sign = "-" if found["mark"] == "D" else ""
    return Balance(amount=sign + _point(found["amount"]), currency=found["currency"])


def _point(amount: str) -> str:
    units, _, cents = amount.partition(",")
    return f"{units or '0'}.{cents}" if cents else units or "0"


def _refuse_open(walk: Walk, document: Document) -> None:
    """A file whose last statement begins with a balance and ends with none was cut off."""
    last = walk.statements[-1] if walk.statements else None
    if last is not None and last.opening is not None and last.closing is None and not walk.notes:
        raise CorruptFile(
            "the file is cut off: its last statement has no closing balance",
            where=document.where,
            hint="download it again, whole",
        )
    for statement in walk.statements[:-1]:
        if statement.opening is not None and statement.closing is None:
            walk.note("balance.missing", f"{statement.name} has no closing balance")


def _add(walk: Walk, fields: list[_Field]) -> None:
    """One entry: a `:61:` and the `:86:` or `:NS:` below it."""
    if not walk.statements:
        walk.statements.append(Statement(name="statement 1"))
    head = fields[0]
    said = _said(fields[1:])
    cells = {**_head_cells(walk, head), **{name: value for name, value in said.items() if value}}
    if cells.get("counterparty account") and not cells.get("counterparty") and len(head.texts) > 1:
        cells["counterparty"] = head.texts[1].strip()
    if not cells.get("memo"):
        details = " ".join(text.strip() for text in head.texts[1:])
        cells["memo"] = " ".join(part for part in (cells.get("customer reference"), details) if part) or None
    last = fields[-1]
    number = len(walk.entries) + 1
    is_pending = _EXPECTED.match(head.texts[0]) is not None
    walk.add(Entry(line=head.line, line_end=_trimmed_end(last), number=number, cells=cells, is_pending=is_pending))


def _trimmed_end(field: _Field) -> int:
    """The last line that says anything."""
    texts = [at for at, text in enumerate(field.texts) if text.strip()]
    return field.line + max(texts, default=0)


def _head_cells(walk: Walk, head: _Field) -> dict[str, str | None]:
    text = head.texts[0].rstrip()
    found = _ENTRY.match(text)
    if found is None:
        day = _day(text[:6]) if text[:6].isdigit() else None
        return {"amount": text, "booking date": text[:6] if day is None else day.isoformat()}
    value, booked = _day(found["value"]), found["booked"]
    if value is None:
        walk.note("date.not_a_day", f"line {head.line}: the value date {found['value']} is no day, and is left out")
    is_paid = found["mark"] in {"D", "RC", "ED"}
    cells: dict[str, str | None] = {
        "value date": None if value is None else value.isoformat(),
        "booking date": _booking_day(found["value"], value, booked),
        "amount": ("-" if is_paid else "") + _point(found["amount"]),
        "type": found["type"],
    }
    return {**cells, **_references(found["rest"])}


def _references(rest: str) -> dict[str, str | None]:
    """The customer's reference and, behind `//`, the bank's; Dutch banks write account and name of the other side there."""
    own, _, of_bank = rest.partition("//")
    cells: dict[str, str | None] = {}
    if _IBAN.match(own.strip()):
        cells = {"counterparty account": own.strip()}
        own = ""
    elif len(own.strip()) > _REFERENCE_LENGTH:
        account = own[:_REFERENCE_LENGTH].strip()
        cells = {"counterparty": own[_REFERENCE_LENGTH:].strip(), "counterparty account": _known(account)}
        own = ""
    return {**cells, "customer reference": _known(own), "reference": _known(of_bank)}


def _known(reference: str) -> str | None:
    reference = reference.strip()
    return None if reference.upper() in _NOTHING else reference or None


def _day(text: str) -> date | None:
    year = int(text[:2])
    try:
        return date(year + (1900 if year >= _CENTURY_YEAR else 2000), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def _booking_day(value_text: str, value: date | None, booked: str | None) -> str:
    """The booking day, in the year that brings it next to the value date; the value date where there is none."""
    if booked is None:
        return value.isoformat() if value else value_text
    near = value or _day(f"{value_text[:4]}01")
    if near is None:
        return booked
    days = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            days.append(date(year, int(booked[:2]), int(booked[2:])))
        except ValueError:
            continue
    return min(days, key=lambda day: abs(day - near)).isoformat() if days else booked


def _said(fields: list[_Field]) -> Mapping[str, str | None]:
    """What stands below an entry, by what it is."""
    texts = [text for field in fields for text in field.texts]
    if any(field.tag == "NS" for field in fields):
        return _by_line(texts)
    joined = "".join(text.rstrip("\r\n") for text in texts)
    german = re.match(r"^\s*\d{3}([^\w\s])(?=\d{2})", joined)
    if german is not None:
        return _by_subfield(joined, german[1])
    coded = re.match(r"^\s*/[A-Z]{4}/", joined)
    if coded is not None:
        return _by_code(joined)
    return {"memo": " ".join(text.strip() for text in texts if text.strip()) or None}


def _by_subfield(text: str, mark: str) -> Mapping[str, str | None]:
    """German `?20Purpose?21goes on?31Account?32Name`."""
    parts = [(part[:2], part[2:]) for part in text.split(mark)[1:]]
    purpose = ""
    previous = ""
    for code, words in parts:
        if code.isdigit() and (20 <= int(code) <= 29 or 60 <= int(code) <= 63):  # noqa: PLR2004 - the subfields of the purpose
            purpose += ("" if not previous or len(previous) >= _CHUNK else " ") + words
            previous = words
    named = dict(reversed(parts))
    name = f"{named.get('32', '')}{named.get('33', '')}".strip()
    memo = purpose.strip() or named.get("00", "").strip()
    return {
        "memo": memo,
        "counterparty": name,
        "counterparty account": named.get("31") or named.get("38"),
        "posting text": named.get("00"),
    }


def _by_code(text: str) -> Mapping[str, str | None]:
    """Dutch `/EREF/reference//NAME/other side/REMI/purpose`."""
    parts = re.split(r"/([A-Z]{4}|BIC|ID)/", text)
    named = {code: words.strip(" /") for code, words in zip(parts[1::2], parts[2::2], strict=True)}
    hidden = {"NAME", "IBAN", "BIC", "ADDR", "ISDT"}
    words = [named.get("REMI"), *(value for code, value in named.items() if code not in hidden | {"REMI"})]
    memo = " ".join(word for word in words if word)
    return {"memo": memo, "counterparty": named.get("NAME"), "counterparty account": named.get("IBAN")}


def _by_line(texts: list[str]) -> Mapping[str, str | None]:
    """`:NS:` with a code of two digits before each line."""
    named = [(text[:2], text[2:].strip()) for text in texts]
    memo = " ".join(words for code, words in named if code.isdigit() and 1 <= int(code) <= 14)  # noqa: PLR2004 - the purpose
    name = " ".join(words for code, words in named if code in {"15", "16"})
    return {"memo": memo, "counterparty": name}


FORMAT: Final = StatementFormat(
    marks=(r"^(?:\{.*\{4:)?:20:", r"^:25P?:", r"^:(?:60[FM]|34F|13D?|90[CD]|61|62[FM]):"),
    walk=_walk,
    evidence="files",
)
