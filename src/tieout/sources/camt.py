"""ISO 20022 bank statements, reports and notifications (CAMT.052/.053/.054 银行对账单).

XML of all versions, told by local names: camt.053 is the statement of a day, camt.052 the report within the day, camt.054 a
notification of some entries without balances. An `Ntry` is an entry, its sign in `CdtDbtInd`. A batch entry lists its
transactions (`TxDtls`): where all of them say an amount in the entry's currency, and these make the entry's amount, each becomes
a record of its own; else the entry is one record. Entries that are not booked (`Sts` other than `BOOK`) are set apart.

A file that declares a document type is refused: it has no use here, and is where entities that grow or reach outside would be
declared. That is the strictest setting of hardened parsers, and needs no other package than Python's own Expat.

Rules: the ISO 20022 message definitions, `formats.md` 6.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.parsers import expat

import attrs

from tieout.errors import CorruptFile, UnreadableFile
from tieout.sources._bank import account_tail
from tieout.sources._document import Document
from tieout.sources._entries import Balance, Entry, Statement, Total
from tieout.sources._statements import StatementFormat, Walk

__all__ = ["FORMAT"]

_STATEMENTS: Final = {"Stmt", "Rpt", "Ntfctn"}
_OPENING: Final = ("OPBD", "PRCD", "OPAV")
_CLOSING: Final = ("CLBD", "ITBD", "CLAV")
_NOTHING: Final = {"NOTPROVIDED", "NONREF"}
_ENTRY: Final = re.compile(r"<(?:[\w.-]+:)?Ntry(?![\w.-])")
_DEPTH_MAX: Final = 60


@attrs.define
class _Node:
    """An element with the lines that it stands on.

    Attributes:
        name: Local name.
        attributes: Its attributes, by local name.
        line: First line.
        line_end: Last line.
        text: Its text, without that of the elements in it.
        children: The elements in it.
    """

    name: str
    attributes: dict[str, str]
    line: int
    line_end: int = 0
    text: str = ""
    children: "list[_Node]" = attrs.field(factory=list)

    def all(self, path: str) -> "list[_Node]":
        """The elements at a path of local names, such as `Amt` or `RmtInf/Ustrd`."""
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def one(self, path: str) -> "_Node | None":
        """The first of them."""
        found = self.all(path)
        return found[0] if found else None

    def say(self, *paths: str) -> str | None:
        """The text at the first of several paths that has any."""
        for path in paths:
            for node in self.all(path):
                if node.text.strip():
                    return " ".join(node.text.split())
        return None


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _tree(document: Document) -> _Node:
    """The document's elements.

    Raises:
        UnreadableFile: It declares a document type.
        CorruptFile: It is no well-formed XML: cut off, or damaged.
    """
    parser = expat.ParserCreate()
    root = _Node("", {}, 1)
    path = [root]

    def refuse(*_: object) -> None:
        raise UnreadableFile(
            "the file declares a document type, which bank statements never do and attacks need", where=document.where
        )

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(path) > _DEPTH_MAX:
            raise UnreadableFile("elements are nested deeper than any statement's", where=document.where)
        named = {_local(key): value for key, value in attributes.items()}
        node = _Node(_local(name), named, parser.CurrentLineNumber)
        path[-1].children.append(node)
        path.append(node)

    def end(_: str) -> None:
        path.pop().line_end = parser.CurrentLineNumber

    def words(text: str) -> None:
        path[-1].text += text

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = words
    try:
        parser.Parse("\n".join(document.lines.lines), True)
    except expat.ExpatError as cause:
        raise CorruptFile(
            f"the XML is cut off or damaged: {expat.ErrorString(cause.code)}",
            where=f"{document.where}:{cause.lineno}",
            hint="download it again, whole",
        ) from cause
    return root


def _walk(document: Document) -> Walk:
    walk = Walk()
    walk.count = sum(len(_ENTRY.findall(line)) for line in document.lines.lines)
    for statement in _statements(_tree(document)):
        walk.statements.append(_statement(statement, len(walk.statements) + 1))
        for entry in statement.all("Ntry"):
            _add(walk, entry)
    return walk


def _statements(node: _Node) -> Iterator[_Node]:
    for child in node.children:
        if child.name in _STATEMENTS:
            yield child
        else:
            yield from _statements(child)


def _statement(node: _Node, number: int) -> Statement:
    account = node.say("Acct/Id/IBAN", "Acct/Id/Othr/Id")
    name = f"statement {number}" + (f" ({account_tail(account)})" if account else "")
    declared = [(bal.say("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry") or "", bal) for bal in node.all("Bal")]
    opening = next((bal for code in _OPENING for kind, bal in declared if kind == code), None)
    closing = next((bal for code in _CLOSING for kind, bal in reversed(declared) if kind == code), None)
    is_mixed = opening is not None and closing is not None and _is_booked(opening) != _is_booked(closing)
    return Statement(
        name=name,
        account=account,
        currency=node.say("Acct/Ccy"),
        opening=None if opening is None or is_mixed else _balance(opening),
        closing=None if closing is None or is_mixed else _balance(closing),
        # What is not booked counts in the totals, and is no record.
        totals=list(_totals(node)) if all(_status(entry) == "BOOK" for entry in node.all("Ntry")) else [],
    )


def _is_booked(balance: _Node) -> bool:
    return (balance.say("Tp/CdOrPrtry/Cd") or "")[2:] != "AV"


def _signed(node: _Node, amount: str) -> str:
    return f"-{amount}" if node.say("CdtDbtInd") == "DBIT" else amount


def _balance(node: _Node) -> Balance | None:
    amount = node.one("Amt")
    if amount is None:
        return None
    return Balance(amount=_signed(node, amount.text.strip()), currency=amount.attributes.get("Ccy"))


def _totals(node: _Node) -> Iterator[Total]:
    for part, name, sign in (
        ("TtlNtries", "entries", 0),
        ("TtlCdtNtries", "receipts", 1),
        ("TtlDbtNtries", "payments", -1),
    ):
        total = node.one(f"TxsSummry/{part}")
        if total is None:
            continue
        count = total.say("NbOfNtries")
        amount = total.say("Sum") if sign else None
        yield Total(name=name, amount=amount, count=count, sign=sign)


def _add(walk: Walk, entry: _Node) -> None:
    """The entry as one record, or as its transactions where these make its amount."""
    number = len({known.number for known in walk.entries}) + 1
    details = entry.all("NtryDtls/TxDtls")
    cells = _cells_of_entry(entry)
    parts = (
        [cells | _said(entry, one) | _amount_of(one, cells) for one in details]
        if _is_batch(walk, entry, details)
        else []
    )
    if not parts:
        parts = [cells | (_said(entry, details[0]) if len(details) == 1 else _said(entry, None))]
    for part in parts:
        walk.add(
            Entry(
                line=entry.line,
                line_end=entry.line_end,
                number=number,
                cells=part,
                is_pending=_status(entry) != "BOOK",
            )
        )


def _status(entry: _Node) -> str:
    return entry.say("Sts/Cd", "Sts/Prtry", "Sts") or "BOOK"


def _is_batch(walk: Walk, entry: _Node, details: list[_Node]) -> bool:
    """Whether an entry lists transactions that make its amount; a note says when they do not."""
    if len(details) < 2:  # noqa: PLR2004 - one transaction is the entry itself
        return False
    amount = entry.one("Amt")
    currency = "" if amount is None else amount.attributes.get("Ccy", "")
    amounts = [_amount_node(one) for one in details]
    try:
        whole = Decimal(_signed(entry, "" if amount is None else amount.text.strip()))
        made = sum(
            Decimal(_sign_of(one, entry) + ("" if part is None else part.text.strip()))
            for one, part in zip(details, amounts, strict=True)
        )
    except InvalidOperation:
        return False
    is_batch = whole == made and all(part is not None and part.attributes.get("Ccy") == currency for part in amounts)
    if not is_batch:
        walk.note(
            "entry.details", f"line {entry.line}: its {len(details)} transactions do not make the amount of the entry"
        )
    return is_batch


def _amount_node(details: _Node) -> _Node | None:
    return details.one("Amt") or details.one("AmtDtls/TxAmt/Amt")


def _sign_of(details: _Node, entry: _Node) -> str:
    return "-" if (details.say("CdtDbtInd") or entry.say("CdtDbtInd")) == "DBIT" else ""


def _amount_of(details: _Node, cells: dict[str, str | None]) -> dict[str, str | None]:
    amount = _amount_node(details)
    text = "" if amount is None else amount.text.strip()
    is_paid = details.say("CdtDbtInd") == "DBIT" or (
        details.say("CdtDbtInd") is None and (cells["amount"] or "").startswith("-")
    )
    return {"amount": f"-{text}" if is_paid else text}


def _cells_of_entry(entry: _Node) -> dict[str, str | None]:
    amount = entry.one("Amt")
    booked = entry.say("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    value = entry.say("ValDt/Dt", "ValDt/DtTm")
    sign = entry.say("CdtDbtInd")
    text = "" if amount is None else amount.text.strip()
    return {
        "booking date": booked and booked[:10],
        "value date": value and value[:10],
        "amount": _signed(entry, text) if sign in {"CRDT", "DBIT"} else f"{text} {sign or 'without CdtDbtInd'}",
        "currency": None if amount is None else amount.attributes.get("Ccy"),
        "entry status": _status(entry),
        "bank transaction code": entry.say("BkTxCd/Domn/Fmly/SubFmlyCd", "BkTxCd/Prtry/Cd"),
    }


def _said(entry: _Node, details: _Node | None) -> dict[str, str | None]:
    """References, words and the other side: of the transaction where it says them, else of the entry."""
    one = details or entry
    is_paid = (one.say("CdtDbtInd") or entry.say("CdtDbtInd")) == "DBIT"
    party, account = ("Cdtr", "CdtrAcct") if is_paid else ("Dbtr", "DbtrAcct")
    words = [
        *(node.text for node in one.all("RmtInf/Ustrd")),
        *(node.text for node in one.all("RmtInf/Strd/CdtrRefInf/Ref")),
        *(node.text for node in one.all("RmtInf/Strd/RfrdDocInf/Nb")),
    ]
    further = [one.say("AddtlTxInf"), entry.say("AddtlNtryInf")]
    memo = " ".join(" ".join(word.split()) for word in words if word.strip()) or next(
        (word for word in further if word), None
    )
    own = None if details is None else details.say("Refs/AcctSvcrRef")
    end_to_end = one.say("Refs/EndToEndId")
    return {
        "reference": _known(own or entry.say("AcctSvcrRef")),
        "memo": memo or _known(end_to_end),
        "end-to-end reference": _known(end_to_end),
        "counterparty": one.say(f"RltdPties/{party}/Nm", f"RltdPties/{party}/Pty/Nm"),
        "counterparty account": one.say(f"RltdPties/{account}/Id/IBAN", f"RltdPties/{account}/Id/Othr/Id"),
    }


def _known(reference: str | None) -> str | None:
    return None if reference is None or reference.upper() in _NOTHING else reference


FORMAT: Final = StatementFormat(
    marks=(r"<(?:[\w.-]+:)?(?:BkToCstmrStmt|BkToCstmrAcctRpt|BkToCstmrDbtCdtNtfctn)\b",),
    walk=_walk,
    declared_encoding=rb"<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)[\"']",
    evidence="test rows",
)
