"""Stripe balance transactions.

All movements of a Stripe balance, `GET /v1/balance_transactions`, page by page, the newest first. Each becomes a settlement line
of its gross amount and one for each of its fees; gross less fees is the net, and the fees are the sum of their details, or the
movement is a reject. The cursor is the second of the newest movement; the next call begins some minutes before it, since a
movement may show later than a newer one.

What a movement is and which order it concerns is told as `stripe_balance_report` tells it of Stripe's files: the type by its
reporting category, the order by the payment's metadata, else its payment intent, else its charge. For that the payments come
along with the movements; of them nothing else is kept.

Amounts are whole numbers in the currency's smallest unit, as Stripe counts it: some currencies without decimals have none there
either, ISK and UGX are given in hundredths all the same, and those with three decimals in thousandths.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import attrs
from moneyed import CURRENCIES, Money

from tieout.errors import FetchError, InputError, TieoutError
from tieout.live._base import Fetched
from tieout.live._http import Web, is_token
from tieout.model import Provenance, SettlementLine, SettlementLineType
from tieout.money import to_minor
from tieout.privacy import mask_text
from tieout.proof import Check, Proof
from tieout.sources import AMOUNT_LIMIT, Batch, Control, Note, Reject, Rejects, SourceFile
from tieout.sources._stripe import CATEGORIES, ORDER_NAMES
from tieout.tables import Table

__all__ = ["Stripe"]

_PAGE: Final = 100
_SECONDS_END: Final = 2**32  # in 2106
_CURSOR_DIGITS: Final = len(str(_SECONDS_END))
_NAME: Final = "stripe_balance_transactions"
_NO_DECIMALS: Final = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE_DECIMALS: Final = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_LINE: Final = SettlementLineType
_UNKNOWN: Final = (_LINE.UNKNOWN.value, _LINE.UNKNOWN.value)
_ORDER: Final = "_order"
_CHARGES: Final = ("ch_", "py_")  # charges of cards, and of other ways to pay


def _a_key(_: "Stripe", __: "attrs.Attribute[str]", key: str) -> None:
    if not is_token(key):
        hint = "look for blanks and line ends around it"
        raise InputError("api_key is empty, or holds what no key holds", where="Stripe", hint=hint)


def _a_moment(_: "Stripe", __: "attrs.Attribute[datetime | None]", start: object) -> None:
    if start is not None and (not isinstance(start, datetime) or start.tzinfo is None):
        raise InputError(f"start={start!r} is no moment with its zone", where="Stripe", hint="give tzinfo=UTC")


@attrs.frozen(kw_only=True)
class Stripe:
    """The balance of one Stripe account.

    Attributes:
        api_key: Secret or restricted key that may read balance transactions; never shown.
        start: The first moment to fetch when there is no cursor, with its zone; None for all that there is.
        shop_id: Shop that the lines belong to.
        order_key: Name in the metadata of payments under which the order's number stands; None for `order_id`, `orderId` and
            `order_number`.
        payments: Whether the payments are asked for too, for which the key must read charges, refunds and disputes. Without them
            only charges name an order, by their own number.
        overlap_s: Seconds before the cursor from which movements are asked for again.
        address: Where the platform is.
        web: How it is asked.
    """

    api_key: str = attrs.field(repr=False, validator=_a_key)
    start: datetime | None = attrs.field(default=None, validator=_a_moment)
    shop_id: str | None = None
    order_key: str | None = None
    payments: bool = True
    overlap_s: int = 600
    address: str = "https://api.stripe.com"
    web: Web = attrs.field(factory=lambda: Web(where="Stripe"), repr=False)

    def fetch(self, since: str | None = None) -> Fetched:
        """All movements from the cursor on, in one batch; those of the minutes before it come again.

        Args:
            since: The cursor of the call before; None to begin with `start`.

        Raises:
            FetchError: Stripe refuses or keeps failing, or gives something else than a list of movements.
            InputError: The cursor is none of ours.
            MissingExtra: httpx is not installed.
        """
        found = _each_once(self._movements(self._first_second(since)))
        if not found:
            return Fetched(batches=(), cursor=since)
        found.reverse()
        # A moment that no movement can have is a reject, and must not become where the next call begins.
        newest = max((one["created"] for one in found if _is_moment(one.get("created"))), default=None)
        return Fetched(batches=[self._batch(found)], cursor=since if newest is None else str(newest))

    def _first_second(self, since: str | None) -> int | None:
        if since is None:
            return None if self.start is None else int(self.start.timestamp())
        if not (since.isascii() and since.isdecimal() and len(since) <= _CURSOR_DIGITS):
            raise InputError(f"the cursor of Stripe is a number of seconds, got {since[:40]!r}")
        return max(0, int(since) - self.overlap_s)

    def _movements(self, first: int | None) -> Iterator[dict[str, Any]]:
        """All movements since a second, the newest first."""
        params: dict[str, str | int] = {"limit": _PAGE}
        if first is not None:
            params["created[gte]"] = first
        if self.payments:
            params |= {"expand[0]": "data.source", "expand[1]": "data.source.charge"}
        names = ORDER_NAMES if self.order_key is None else (self.order_key,)
        asked_after: set[str] = set()
        while True:
            said = self.web.get(
                f"{self.address}/v1/balance_transactions",
                headers=lambda: {"Authorization": f"Bearer {self.api_key}"},
                params=params,
            ).json
            page = said.get("data") if isinstance(said, dict) else None
            if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
                raise FetchError("gave no list of movements", where=self.web.where)
            yield from (_without_payment(movement, names) for movement in page)
            if not said.get("has_more"):
                return
            last = page[-1].get("id") if page else None
            if not isinstance(last, str) or last in asked_after:
                raise FetchError("says there is more, and gives no more", where=self.web.where)
            params["starting_after"] = last
            asked_after.add(last)

    def _batch(self, movements: Sequence[dict[str, Any]]) -> Batch:
        data = json.dumps(list(movements), sort_keys=True, ensure_ascii=False).encode()
        sha256 = hashlib.sha256(data).hexdigest()
        lines: list[SettlementLine] = []
        rejects: list[Reject] = []
        unknown: dict[str, int] = {}
        sums: dict[str, dict[str, int]] = {}
        read = 0
        for number, movement in enumerate(movements, start=1):
            provenance = Provenance(format=_NAME, sha256=sha256, line=number)
            try:
                own = self._lines(movement, provenance)
                net = _money(movement, "net")
                _require_net(own, net, movement)
            except (_Odd, TieoutError) as cause:
                rejects.append(_reject(movement, provenance, cause))
                continue
            read += 1
            lines += own
            of_currency = sums.setdefault(net.currency.code, {"net": 0, "lines": 0})
            of_currency["net"] += to_minor(net)
            of_currency["lines"] += sum(to_minor(line.amount) for line in own)
            if own[0].type is _LINE.UNKNOWN:
                category = str(movement.get("reporting_category"))
                unknown[category] = unknown.get(category, 0) + 1
        checks = [
            Check(
                name="lines",
                side="Stripe",
                currency=None,
                total=len(movements),
                parts={"records": read, "rejects": len(rejects)},
            ),
            *(
                Check(name="net", side="Stripe", currency=code, total=told["net"], parts={"lines": told["lines"]})
                for code, told in sorted(sums.items())
            ),
        ]
        listed = ", ".join(f"{category!r} ({count})" for category, count in sorted(unknown.items()))
        notes = [Note("line_type.unknown", f"movements of an unknown category: {listed}")] if unknown else []
        return Batch(
            format=_NAME,
            records=Table.from_records(lines, SettlementLine),
            rejects=Rejects(rejects),
            control=Control(proof=Proof(checks)),
            notes=tuple(notes),
            source=SourceFile(
                file=None, sha256=sha256, size_bytes=len(data), kind="json", header_line=0, line_count=len(movements)
            ),
        )

    def _lines(self, movement: Mapping[str, Any], provenance: Provenance) -> list[SettlementLine]:
        """The gross line of a movement, and one for each of its fees."""
        created = movement.get("created")
        if not isinstance(created, int) or not _is_moment(created):
            raise _Odd("created", "is no number of seconds")
        gross = _money(movement, "amount")
        category = str(movement.get("reporting_category"))
        gained, lost = CATEGORIES.get(category, _UNKNOWN)
        source = _text(movement, "source", needed=False)
        said = mask_text(_text(movement, "description", needed=False))
        common: dict[str, Any] = {
            "platform": "stripe",
            "shop_id": self.shop_id,
            "line_id": _text(movement, "id"),
            "platform_order_id": _text(movement, _ORDER, needed=False),
            "posted_at": datetime.fromtimestamp(created, UTC),
            "provenance": provenance,
        }
        own = SettlementLine(
            type=_LINE(lost if gross.amount < 0 else gained),
            amount=gross,
            refund_id=source if category.startswith("refund") else None,
            description=" / ".join(filter(None, (category, said))),
            **common,
        )
        fees = [
            SettlementLine(
                type=_LINE.FEE_REFUND if fee.amount < 0 else _LINE.PAYMENT_FEE,
                amount=-fee,
                refund_id=own.refund_id,
                description=f"{category} / {words}",
                **common,
            )
            for fee, words in _fees(movement)
        ]
        return [own, *fees]


def _each_once(movements: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each movement once, as it was given last: pages may shift while they are gone through."""
    found: dict[object, dict[str, Any]] = {}
    for at, movement in enumerate(movements):
        number = movement.get("id")
        found[number if isinstance(number, str) else at] = movement
    return list(found.values())


def _is_moment(created: object) -> bool:
    return type(created) is int and 0 <= created < _SECONDS_END


def _without_payment(movement: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """A movement with the number of its order instead of its payment, which holds what is the buyer's own."""
    source = movement.get("source")
    if isinstance(source, dict):
        return {**movement, "source": source.get("id"), _ORDER: _order_of(source, names)}
    return {**movement, _ORDER: source if str(source).startswith(_CHARGES) else None}


def _order_of(source: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """The order of a charge, or of what concerns one."""
    charge = source.get("charge") if source.get("object") != "charge" else source
    said = charge if isinstance(charge, dict) else {}
    metadata = said.get("metadata")
    own = [metadata.get(name) for name in names] if isinstance(metadata, dict) else []
    found = (*own, _id_of(said.get("payment_intent")), _id_of(source.get("payment_intent")), _id_of(charge))
    return next((number for number in found if isinstance(number, str) and number), None)


def _id_of(thing: object) -> object:
    return thing.get("id") if isinstance(thing, dict) else thing


class _Odd(Exception):  # noqa: N818 - a finding on its way, not an error
    """Something about a movement that it cannot have."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(field, problem)


def _text(movement: Mapping[str, Any], field: str, *, needed: bool = True) -> str | None:
    value = movement.get(field)
    if isinstance(value, str) and value:
        return value
    if needed or (value is not None and value != ""):
        raise _Odd(field, "is no text")
    return None


def _money(movement: Mapping[str, Any], field: str, currency: str | None = None) -> Money:
    units = movement.get(field)
    code = (currency or str(movement.get("currency"))).upper()
    if type(units) is not int or abs(units) >= AMOUNT_LIMIT:
        raise _Odd(field, "is no whole number, or more than any amount is")
    if code not in CURRENCIES:
        raise _Odd("currency", "is no ISO 4217 code")
    decimals = 0 if code in _NO_DECIMALS else 3 if code in _THREE_DECIMALS else 2
    return Money(Decimal(units).scaleb(-decimals), code)


def _fees(movement: Mapping[str, Any]) -> Iterator[tuple[Money, str]]:
    """The fees of a movement, positive where they are charged; one without words where no details say more."""
    total = _money(movement, "fee")
    details = movement.get("fee_details")
    found = []
    for detail in details if isinstance(details, list) else []:
        if not isinstance(detail, dict):
            raise _Odd("fee_details", "holds something else than fees")
        currency = str(detail.get("currency") or movement.get("currency"))
        fee = _money(detail, "amount", currency)
        if fee.currency != total.currency:
            raise _Odd("fee_details", "are of another currency than the movement")
        found.append((fee, str(detail.get("type") or "fee")))
    if not found and total.amount:
        found.append((total, "fee"))
    if sum((fee for fee, _ in found), Money(0, total.currency)) != total:
        raise _Odd("fee_details", "do not add up to the fee")
    yield from ((fee, words) for fee, words in found if fee.amount)


def _require_net(lines: Sequence[SettlementLine], net: Money, movement: Mapping[str, Any]) -> None:
    if sum((line.amount for line in lines), Money(0, net.currency)) != net:
        raise _Odd("net", f"is {movement.get('net')}, amount less fee is not")
    for line in lines:
        to_minor(line.amount)  # refuses what the currency has no unit for


def _reject(movement: Mapping[str, Any], provenance: Provenance, cause: "_Odd | TieoutError") -> Reject:
    field = cause.field if isinstance(cause, _Odd) else "amount"
    problem = cause.problem
    raw = " | ".join(
        f"{name}={movement.get(name)}"
        for name in ("id", "created", "currency", "amount", "fee", "net", "reporting_category")
    )
    found = movement.get(field)
    return Reject(
        provenance=provenance,
        column=field,
        reason="value.unreadable",
        found=mask_text(None if found is None else json.dumps(found, ensure_ascii=False)[:200]),
        problem=problem,
        expected="a movement as Stripe documents it",
        raw=raw,
    )
