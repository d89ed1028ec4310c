"""Tryton: moves that are created and posted in a Tryton server, over proteus.

Each voucher becomes one move of `account`, once: its id stands at the end of the move's description, and a voucher that is
there already is not sent again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import attrs

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, LedgerOptions
from tieout.ledgers._sending import SentVoucher
from tieout.ledgers._tryton import (
    Config,
    Connection,
    Found,
    Row,
    connect,
    figures_of,
    find_moves,
    key_of,
    references_of,
    reversed_key_of,
)
from tieout.ledgers._tryton_plan import Plan, account_types, shown
from tieout.ledgers._writing import full_name
from tieout.model import Voucher

__all__ = ["GATEWAY", "Tryton"]


def _frozen(given: Mapping[str, str] | None) -> Mapping[str, str]:
    return MappingProxyType(dict(given or {}))


@attrs.frozen(kw_only=True)
class Tryton(LedgerOptions):
    """A company in a Tryton server.

    Attributes:
        config: A configuration of proteus (`proteus.config.set_xmlrpc`, `set_xmlrpc_session`, `set_trytond`); or an XML-RPC
            address such as `https://NAME:PASSWORD@HOST/DATABASE/rpc/`; or the name or URI of a database, with trytond in
            this process. None: the configuration that proteus uses now. It is never shown.
        company: Name of the company's party; needed only when the user has several.
        journal: Code of the journal that the moves go into.
        accounts: Tryton's account code by ours, where they differ.
        parties: Name or code of Tryton's party by our name of a customer, supplier, shop or employee, where they differ.
        create_parties: Whether a party that Tryton lacks is created; otherwise it is an error. Only accounts that
            require a party get one.
        post: Whether the moves are posted; otherwise they stay drafts.
        batch: How many moves one call creates.
    """

    config: Config | str | None = attrs.field(default=None, repr=False)
    company: str | None = None
    journal: str = "MISC"
    accounts: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen)
    parties: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen)
    create_parties: bool = False
    post: bool = True
    batch: int = attrs.field(default=500, validator=attrs.validators.ge(1))

    def send(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[SentVoucher, ...]:
        """Create the moves, then post them, in the order of the vouchers; all of them or none.

        Everything is looked up before anything is written. The moves are created as drafts, and posted in one
        transaction; when one of them is refused, the drafts of this sending are deleted.

        Raises:
            LedgerError: Tryton lacks an account, an open period, a party, a currency, the journal or the company; a voucher
                is there with other figures; or Tryton refuses a move or cannot be reached.
            MissingExtra: proteus is not installed.
        """
        server, company = self._company(book)
        keys = [key_of(voucher) for voucher in vouchers]
        backs = [key for key in map(reversed_key_of, vouchers) if key is not None]
        found = find_moves(server, [*keys, *backs], company=company["id"])
        self._require_same(vouchers, found)
        fresh = [voucher for voucher, key in zip(vouchers, keys, strict=True) if key not in found]
        plan = Plan.of(
            fresh,
            server=server,
            company=company["id"],
            journal=self.journal,
            accounts=self.accounts,
            parties=self.parties,
            create_parties=self.create_parties,
        )
        ids, references = _put(plan, vouchers, found, server, post=self.post, batch=self.batch)
        return tuple(
            SentVoucher(
                voucher_id=voucher.voucher_id,
                name=full_name(voucher),
                reference=references[ids[key]],
                is_new=key not in found,
            )
            for voucher, key in zip(vouchers, keys, strict=True)
        )

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """How many lines have pieces, which Tryton's move lines do not hold."""
        pieces = sum(line.quantity is not None for voucher in vouchers for line in voucher.lines)
        return (f"quantities and unit prices of {pieces:,} lines are not sent",) if pieces else ()

    def create_accounts(self, vouchers: Iterable[Voucher], *, book: LedgerBook) -> tuple[str, ...]:
        """Open in Tryton the accounts that vouchers use and Tryton lacks, for a company without a chart of its own.

        They have the book's codes, names and types, and no parents: one plain account type for assets, liabilities, equity,
        income and expenses each.

        Args:
            vouchers: Vouchers whose accounts are needed.
            book: The book they are of.

        Returns:
            Codes of the accounts that were created.

        Raises:
            LedgerError: The book does not know an account, or Tryton refuses.
        """
        server, company = self._company(book)
        ours = sorted({line.account for voucher in vouchers for line in voucher.lines})
        codes = {code: self.accounts.get(code, code) for code in ours}
        rows = server.search_each(
            "account.account", "code", codes.values(), also=[("company", "=", company["id"])], fields=["code"]
        )
        known = {row["code"] for row in rows}
        missing = [code for code in ours if codes[code] not in known]
        types = account_types(server, company["id"], missing, book=book)
        values = [
            {
                "company": company["id"],
                "code": codes[code],
                "name": book.account_name(code) or code,
                "type": types[code],
            }
            for code in missing
        ]
        if values:
            server.create("account.account", values)
        return tuple(codes[code] for code in missing)

    def _company(self, book: LedgerBook) -> tuple[Connection, Row]:
        """The server, answering as the company, and the company."""
        server = connect(self.config)
        rows = server.search("company.company", [], ["rec_name", "currency.code"])
        named = [row for row in rows if self.company is None or row["rec_name"] == self.company]
        if len(named) != 1:
            listed = ", ".join(sorted(row["rec_name"] for row in rows)) or "none"
            problem = f"there is no company {self.company!r}" if self.company else "one company is needed"
            raise LedgerError(f"{problem}; the user has {listed}", where="Tryton.company")
        currency = named[0]["currency."]["code"]
        if currency != book.currency:
            raise LedgerError(
                f"the company keeps its books in {currency}, the book is in {book.currency}", where="Tryton.company"
            )
        return server.of_company(named[0]["id"]), named[0]

    def _require_same(self, vouchers: Sequence[Voucher], found: Mapping[str, Found]) -> None:
        """Refuse vouchers that Tryton has with another day or other figures."""
        others = []
        for voucher in vouchers:
            move = found.get(key_of(voucher))
            if move is not None and (move.date, move.figures) != (voucher.date, figures_of(voucher, self.accounts)):
                others.append(f"{full_name(voucher)} ({move.reference})")
        if others:
            raise LedgerError(
                f"Tryton has these vouchers with another day or other figures: {shown(others)}",
                where="tryton: account.move",
                hint="what was posted is never edited: reverse it, and send what changed as a voucher of its own",
            )


def _put(
    plan: Plan, vouchers: Sequence[Voucher], found: Mapping[str, Found], server: Connection, *, post: bool, batch: int
) -> tuple[dict[str, int], dict[int, str]]:
    """Create and post: the id of every voucher's move by its key, and what Tryton calls each of these moves.

    When Tryton refuses one, none of this sending is left.
    """
    fresh = [voucher for voucher in vouchers if key_of(voucher) not in found]
    parties: dict[str, int] = {}
    try:
        parties = plan.create_parties(server)
        ids = _create(plan.with_parties(parties), fresh, found, server, batch=batch)
        own = [ids[key_of(voucher)] for voucher in vouchers]
        posted = {move.id for move in found.values() if not move.is_draft}
        drafts = [one for one in own if one not in posted]
        if post and drafts:
            server.call("account.move", "post", drafts)
        return ids, references_of(server, own)
    except LedgerError as refusal:
        raise _taken_back(refusal, map(key_of, fresh), parties, server, company=plan.company) from refusal


def _create(
    plan: Plan, fresh: Sequence[Voucher], found: Mapping[str, Found], server: Connection, *, batch: int
) -> dict[str, int]:
    """Ids of moves by key, those of new drafts too. A reversal comes after what it takes back: that is its origin."""
    ids = {key: move.id for key, move in found.items()}
    for some in _in_rounds(fresh, batch=batch):
        values = [plan.move(voucher, ids.get(reversed_key_of(voucher) or "")) for voucher in some]
        created = server.create("account.move", values)
        ids.update(zip((key_of(voucher) for voucher in some), created, strict=True))
    return ids


def _in_rounds(vouchers: Sequence[Voucher], *, batch: int) -> Iterator[Sequence[Voucher]]:
    """Portions of vouchers; what takes another one of them back is in a later portion."""
    waiting = {key_of(voucher): voucher for voucher in vouchers}
    while waiting:
        ready = [voucher for voucher in waiting.values() if reversed_key_of(voucher) not in waiting]
        ready = ready or list(waiting.values())  # vouchers that take each other back have no first
        for at in range(0, len(ready), batch):
            yield ready[at : at + batch]
        for voucher in ready:
            del waiting[key_of(voucher)]


def _taken_back(
    refusal: LedgerError, keys: Iterable[str], parties: Mapping[str, int], server: Connection, *, company: int
) -> LedgerError:
    """The error of a sending that failed, after its drafts are deleted."""
    try:
        left = find_moves(server, keys, company=company)
        drafts = [move.id for move in left.values() if move.is_draft]
        posted = [f"{key} ({move.reference})" for key, move in left.items() if not move.is_draft]
        if drafts:
            server.call("account.move", "delete", drafts)
        if parties and not posted:
            server.call("party.party", "delete", sorted(set(parties.values())))
    except LedgerError as second:
        told = f"it is not known what Tryton has of these vouchers now ({second.problem})"
    else:
        told = f"Tryton has posted {shown(posted)}" if posted else "nothing was sent"
    hint = "send them again when the cause is gone: what is there is not sent twice"
    return LedgerError(f"{refusal.problem}; {told}", where=refusal.where, hint=refusal.hint or hint)


GATEWAY = Tryton()
