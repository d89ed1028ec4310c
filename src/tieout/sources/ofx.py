"""OFX and QFX bank and card statements (OFX 银行对账单).

Version 1 is SGML whose elements need no end tag, version 2 is XML; banks write both in ways of their own: the header on one
line, with or without blank lines around it, or absent; nested end tags; empty tags; amounts with a decimal comma, a plus sign,
blanks; tags outside the specification. So tags are read one by one, and within a transaction (`STMTTRN`) the first of each name
that says anything counts. Nothing is expanded but characters by name and number; a file that declares a document type or entities
is refused.

The sign is the amount's. The day is `DTPOSTED` as the bank writes it; six digits are day, month and year of two digits, where
that day falls into the period of the statement. `CURRENCY` says that the amount is in another currency, `ORIGCURRENCY` that it
was. What is pending (`STMTTRNP`) is set apart. There is a closing balance but no opening one, so only the entries are counted.

Rules: OFX 1.6 and 2.2, `formats.md` 6.
"""

import html
import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import attrs

from tieout.errors import CorruptFile, UnreadableFile
from tieout.sources._bank import account_tail
from tieout.sources._document import Document
from tieout.sources._entries import Balance, Entry, Statement
from tieout.sources._statements import DESCRIBED_COLUMNS, StatementFormat, Walk

__all__ = ["FORMAT"]

_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_.]*)[^<>]*?(/?)>")
_DECLARED: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CDATA: Final = re.compile(r"^<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_STATEMENTS: Final = {"STMTRS", "CCSTMTRS", "INVSTMTRS"}
_PENDING: Final = "STMTTRNP"
_TRANSACTIONS: Final = {"STMTTRN", _PENDING}
_COMMA: Final = re.compile(r"^([+-]?)\s*([\d\s.\xa0]*),(\d*)$")
_DAY: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})")
_SHORT_DAY: Final = re.compile(r"^(\d{2})(\d{2})(\d{2})$")


@attrs.frozen
class _Tag:
    """One tag and the text behind it.

    Attributes:
        name: Its name, in upper case; with a leading `/` when it ends something.
        text: What stands between it and the next tag.
        line: The line that it stands on, 1-based.
        line_end: The line on which it ends.
    """

    name: str
    text: str
    line: int
    line_end: int


def _tags(text: str) -> Iterator[_Tag]:
    found = list(_TAG.finditer(text))
    line, seen = 1, 0
    for at, tag in enumerate(found):
        line += text.count("\n", seen, tag.start())
        seen = tag.start()
        following = found[at + 1].start() if at + 1 < len(found) else len(text)
        words = text[tag.end() : following].strip()
        cdata = _CDATA.match(words)
        plain = cdata[1] if cdata else html.unescape(words)
        line_end = line + text.count("\n", tag.start(), tag.end())
        yield _Tag(f"{tag[1]}{tag[2].upper()}", " ".join(plain.split()), line, line_end)


@attrs.define
class _Transaction:
    """What a transaction says, as far as it has been read."""

    line: int
    is_pending: bool
    line_end: int = 0
    cells: dict[str, str] = attrs.field(factory=dict)
    inside: str = ""

    def take(self, tag: _Tag) -> None:
        """A tag within it: the first of each name that says anything counts."""
        self.line_end = max(self.line_end, tag.line_end)
        if tag.name in {"CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO", "PAYEE"}:
            self.inside = tag.name
        elif tag.name == f"/{self.inside}":
            self.inside = ""
        name = f"{self.inside}.CURSYM" if tag.name == "CURSYM" else tag.name
        if tag.text and not tag.name.startswith("/"):
            self.cells.setdefault(name, tag.text)


@attrs.define
class _Reader:
    """The way over the tags."""

    document: Document
    walk: Walk = attrs.field(factory=Walk)
    transaction: _Transaction | None = None
    period: tuple[str, str] = ("", "")
    balance: str = ""
    is_closed: bool = False

    def take(self, tag: _Tag) -> None:
        if tag.name in _TRANSACTIONS:
            self.end_transaction()
            self.transaction = _Transaction(line=tag.line, is_pending=tag.name == _PENDING, line_end=tag.line_end)
        elif tag.name.removeprefix("/") in _TRANSACTIONS or tag.name in {"/BANKTRANLIST", "/OFX", *_STATEMENTS}:
            if self.transaction is not None and tag.name.removeprefix("/") in _TRANSACTIONS:
                self.transaction.line_end = max(self.transaction.line_end, tag.line_end)
            self.end_transaction()
            self.tell(tag)
        elif self.transaction is not None:
            self.transaction.take(tag)
        else:
            self.tell(tag)

    def tell(self, tag: _Tag) -> None:
        """What a tag outside the transactions says."""
        name, text = tag.name, tag.text
        if name in _STATEMENTS:
            self.walk.statements.append(Statement(name=f"statement {len(self.walk.statements) + 1}"))
            self.period, self.balance = ("", ""), ""
        self.is_closed = self.is_closed or name == "/OFX"
        if name == "TRNAMT":
            raise CorruptFile("an amount stands outside of any transaction", where=f"{self.document.where}:{tag.line}")
        if not self.walk.statements:
            return
        statement = self.walk.statements[-1]
        if name == "CURDEF":
            statement.currency = text or None
        elif name == "ACCTID" and text and statement.account is None:
            statement.account = text
            statement.name += f" ({account_tail(text)})"
        elif name == "DTSTART":
            self.period = (text, self.period[1])
        elif name == "DTEND":
            self.period = (self.period[0], text)
        elif name in {"LEDGERBAL", "AVAILBAL", "/LEDGERBAL", "/AVAILBAL"}:
            self.balance = name
        elif name == "BALAMT" and self.balance == "LEDGERBAL" and text:
            statement.closing = Balance(amount=_point(text), currency=statement.currency)

    def end_transaction(self) -> None:
        """The transaction that was begun is whole."""
        transaction, self.transaction = self.transaction, None
        if transaction is None:
            return
        if not self.walk.statements:
            self.walk.statements.append(Statement(name="statement 1"))
        said = transaction.cells
        posted, value = (_day(said.get(name), self.period) for name in ("DTPOSTED", "VALUEDATE"))
        available = _day(said.get("DTAVAIL"), self.period)
        memo, check = said.get("MEMO"), said.get("CHECKNUM") or said.get("CHKNUM")
        number = len(self.walk.entries) + 1
        cells = {
            "booking date": posted,
            "value date": value or available,
            "amount": _point(said["TRNAMT"]) if "TRNAMT" in said else None,
            "currency": said.get("CURRENCY.CURSYM"),
            "counterparty": said.get("NAME"),
            "counterparty account": said.get("ACCTID"),
            "memo": memo or (f"check {check}" if check and "NAME" not in said else None),
            "reference": said.get("FITID"),
            "check": check,
            "type": said.get("TRNTYPE"),
            "reference number": said.get("REFNUM"),
        }
        self.walk.add(
            Entry(
                line=transaction.line,
                line_end=transaction.line_end,
                number=number,
                cells=cells,
                is_pending=transaction.is_pending,
            )
        )


def _point(amount: str) -> str:
    """An amount with a decimal point: a comma before the last digits is one, for OFX knows no thousands separator."""
    found = _COMMA.match(amount)
    if found is None:
        return re.sub(r"^([+-])\s+", r"\1", amount)
    units = re.sub(r"[\s.\xa0]", "", found[2])
    return f"{found[1]}{units or '0'}.{found[3]}" if found[3] else f"{found[1]}{units}"


def _day(text: str | None, period: tuple[str, str]) -> str | None:
    """A day as ISO writes it; what is no day stays as it is, to be refused, and zeros say nothing."""
    if text is None or not text.strip("0"):
        return None
    full = _DAY.match(text)
    if full is not None and not _SHORT_DAY.match(text):
        day = _date(full[1], full[2], full[3])
        return text if day is None else day.isoformat()
    short, first, last = _of_short(text), *(_of_short(end) or _of_full(end) for end in period)
    if short is None or first is None or last is None or not first <= short <= last:
        return text
    return short.isoformat()


def _of_full(text: str) -> date | None:
    found = _DAY.match(text)
    return None if found is None else _date(found[1], found[2], found[3])


def _of_short(text: str) -> date | None:
    found = _SHORT_DAY.match(text)
    return None if found is None else _date(f"20{found[3]}", found[2], found[1])


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _walk(document: Document) -> Walk:
    text = "\n".join(document.lines.lines)
    if _DECLARED.search(text):
        raise UnreadableFile(
            "the file declares a document type or entities, which bank statements never do and attacks need",
            where=document.where,
        )
    reader = _Reader(document)
    for tag in _tags(text):
        reader.take(tag)
    if reader.transaction is not None or not reader.is_closed:
        raise CorruptFile(
            "the file is cut off: its last tag is not </OFX>", where=document.where, hint="download it again, whole"
        )
    upper = text.upper()
    investments = len(re.findall(r"<INVTRAN\b", upper))
    if investments:
        reader.walk.note("ofx.investments", f"{investments} investment transactions are no bank's, and are not read")
    reader.walk.count = sum(len(re.findall(rf"<{name}\b", upper)) for name in _TRANSACTIONS)
    return reader.walk


FORMAT: Final = StatementFormat(
    columns=DESCRIBED_COLUMNS,
    marks=(r"(?i)<OFX>|OFXHEADER",),
    walk=_walk,
    declared_encoding=rb"(?:CHARSET:\s*|<\?xml[^>]*encoding\s*=\s*[\"'])([\w.-]+)",
    evidence="files",
)
