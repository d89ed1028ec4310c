"""The chain itself."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
import polars as pl

from tieout.chain._amounts import amounts_of
from tieout.chain._finding import find
from tieout.chain._findings import discrepancies_of, keyed
from tieout.chain._gathering import Things, gather
from tieout.chain._kinds import KINDS
from tieout.chain._links import Links, link
from tieout.chain._movements import movements_of, numbered
from tieout.chain._orders import orders_of
from tieout.chain._ties import proof_of
from tieout.chain._timeline import Scene, scene_of, timeline_of
from tieout.chain._trace import Trace
from tieout.errors import InputError
from tieout.outcome import Outcome
from tieout.proof import Proof

__all__ = ["Chain"]

_ZONE = "time zone"


def _sorted(outcomes: Iterable[object]) -> tuple[Outcome, ...]:
    try:
        given = list(outcomes)
    except TypeError as cause:
        raise InputError(
            f"outcomes of reconciliations are needed, got {type(outcomes).__name__}", where="Chain"
        ) from cause
    strange = [type(one).__name__ for one in given if not isinstance(one, Outcome)]
    if strange:
        raise InputError(
            f"outcomes of reconciliations are needed, got {', '.join(sorted(set(strange)))}", where="Chain"
        )
    return tuple(sorted((one for one in given if isinstance(one, Outcome)), key=_age))


def _age(outcome: Outcome) -> tuple[str, str, str]:
    """What puts outcomes in an order that does not depend on how they were given, the newest last."""
    settings = "|".join(f"{key}={value}" for key, value in sorted(outcome.parameters.items()))
    return outcome.parameters.get("as of", ""), outcome.reconciliation, settings


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:  # a folder's name raises OSError
        raise InputError(
            f"there is no time zone named {name!r}", where="Chain", hint="IANA names, such as Asia/Shanghai"
        ) from cause


@attrs.frozen(eq=False, slots=False)
class Chain:
    """Everything that a merchant's reconciliations saw, as one graph from the order to the bank.

    It is built of outcomes alone: of their records, by what these are, and of what was compared with what. A thing that several
    outcomes saw is one; of what they say of it the newest counts.

    Args:
        outcomes: Outcomes of any reconciliations, of one period or of several.
        timezone: Zone in which days count; None for that of the outcomes.

    Raises:
        InputError: Something else than an outcome was given, there is no such time zone, or the outcomes count days in different
            zones and none is told.
    """

    outcomes: Sequence[Outcome] = attrs.field(converter=_sorted, repr=False)
    timezone: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        zones = self._zones
        if self.timezone is not None:
            _check_zone(self.timezone)
        if self.timezone is None and len(zones) > 1:
            raise InputError(
                f"the outcomes count days in different zones: {', '.join(zones)}",
                where="Chain",
                hint="say which with timezone=",
            )

    @property
    def _zones(self) -> list[str]:
        return sorted({zone for outcome in self.outcomes if (zone := outcome.parameters.get(_ZONE))})

    @cached_property
    def _things(self) -> Mapping[str, Things]:
        return gather(self.outcomes)

    @cached_property
    def _links(self) -> Links:
        return link(self._things)

    @cached_property
    def _orders(self) -> pl.DataFrame:
        return orders_of(self._things, self._links, amounts_of(self._things, self._links))

    @cached_property
    def _found(self) -> pl.DataFrame:
        return keyed(self.outcomes)

    @property
    def orders(self) -> pl.DataFrame:
        """One row per order: its status, and its margin with what that is the sum of.

        `collection` is how far it is collected, `goods` where its goods are, `status` both. Amounts are in minor units of
        `currency`, signed as the merchant gains by them; `margin_minor` = `receivable_minor` + `refunds_minor` + `fees_minor` +
        `freight_minor` + `cost_minor`, and is null where one of these is unknown or in another currency.
        """
        return self._orders.drop("order")

    @cached_property
    def proof(self) -> Proof:
        """The totals that tie: records, every hop from the orders to the bank, margins, and the outcomes' own checks."""
        return proof_of(self.outcomes, self._things, self._links, self._orders)

    def __len__(self) -> int:
        """How many things it holds."""
        return sum(self._things[kind.name].nodes.height for kind in KINDS)

    def trace(
        self,
        identifier: str,
        *,
        kind: str | None = None,
        book_id: str | None = None,
        platform: str | None = None,
        shop_id: str | None = None,
        carrier: str | None = None,
        account: str | None = None,
    ) -> Trace:
        """Everything that is linked to a number, in the order of time.

        The number of an order, a payment, a parcel, a case, a refund, a channel's transaction or a settlement line leads to its
        orders, and to the settlements, payouts and receipts that their money went through. That of a settlement, a payout or a
        receipt leads to the lines, payouts and receipts of that money.

        Args:
            identifier: The number; as the records have it goes first, else without what surrounds it, such as spaces.
            kind: The only kind of thing that is meant: `order`, `payment`, `channel`, `parcel`, `stock`, `return`, `refund`,
                `charge`, `line`, `settlement`, `payout` or `bank`.
            book_id: Book that it is of.
            platform: Platform that it is of.
            shop_id: Shop that it is of.
            carrier: Carrier that it is of.
            account: Bank account that it is of.

        Raises:
            UnknownIdentifier: No record has the number.
            AmbiguousIdentifier: Several things have it that do not belong together.
            InputError: There is no such kind, or the identifier is not text.
        """
        if not isinstance(identifier, str):
            raise InputError(f"a number is asked for as text, got {type(identifier).__name__}", where="trace")
        said = {"book_id": book_id, "platform": platform, "shop_id": shop_id, "carrier": carrier, "account": account}
        subject = find(identifier, self._things, self._links, kind=kind, said=said)
        scene = scene_of(subject, self._things, self._links)
        numbers = numbered(scene, self._links)
        concerned = self._concerned(scene)
        zone = self.timezone or next(iter(self._zones), "UTC")
        steps = timeline_of(scene, concerned, numbers, zone)
        found, at = discrepancies_of(scene, steps, self._found, self.outcomes)
        steps = steps.join(at, on=["kind", "node"], how="left", maintain_order="left").with_columns(
            pl.when(pl.col("step") == pl.col("step").min().over("kind", "node"))
            .then("discrepancies")
            .alias("discrepancies")
        )
        return Trace(
            identifier=identifier,
            kind=subject.kind,
            timeline=steps.select(
                "at", "on", "kind", "event", "id", "what", "minor", "currency", "share",
                "due_minor", "settled_minor", "banked_minor", "movement", "discrepancies", "source",
            ),
            movements=movements_of(steps, numbers),
            discrepancies=found,
            orders=concerned.drop("order"),
            evidence=self._evidence(scene),
        )  # fmt: skip

    def _concerned(self, scene: Scene) -> pl.DataFrame:
        """The orders of a scene; of money, those of its lines."""
        if not scene.is_whole:
            nodes = scene.nodes["order"]["node"]
        else:
            nodes = self._links.orders["line"].join(scene.nodes["line"], on="node", how="semi")["order"]
        return self._orders.filter(pl.col("order").is_in(nodes.unique().implode()))

    def _evidence(self, scene: Scene) -> pl.DataFrame:
        """Every record of a scene with its reconciliation, verdict and place."""
        names = pl.DataFrame(
            {"outcome": range(len(self.outcomes)), "reconciliation": [one.reconciliation for one in self.outcomes]},
            schema={"outcome": pl.Int32, "reconciliation": pl.String},
        )
        parts = []
        for kind in KINDS:
            nodes = scene.nodes.get(kind.name)
            if nodes is None or not nodes.height:
                continue
            ids = nodes.select("node", pl.coalesce(kind.ids).alias("id"))
            seen = self._things[kind.name].seen.join(ids, on="node").join(names, on="outcome")
            parts.append(
                seen.select(
                    pl.lit(kind.name).alias("kind"), "id", "reconciliation", "side", "verdict",
                    pl.col("source_file").alias("file"), pl.col("source_sheet").alias("sheet"),
                    pl.col("source_line").alias("line"), pl.col("source_sha256").alias("sha256"),
                ).sort("id", "reconciliation", "side", "file", "line", "verdict", nulls_last=True)
            )  # fmt: skip
        return pl.concat(parts) if parts else pl.DataFrame()
