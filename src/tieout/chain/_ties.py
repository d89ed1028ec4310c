"""Ties: the totals that agree at every hop of the chain, with all that lies between named."""

from collections.abc import Mapping, Sequence

import polars as pl

from tieout.chain._amounts import GROSS, PARTS, freight_shares
from tieout.chain._gathering import Things
from tieout.chain._kinds import KINDS
from tieout.chain._links import Links, effective_refunds
from tieout.outcome import Outcome
from tieout.proof import Check, Proof

__all__ = ["proof_of"]

_RANKS = ("discrepancy", "check switched off", "in transit", "not due", "within tolerance")
_QUIET = ("settled before", "agreed")
_UNCOMPARED = "not compared"
_OTHERWISE = "agreed otherwise"
_NO_ORDER = "no order"


def proof_of(outcomes: Sequence[Outcome], things: Mapping[str, Things], links: Links, orders: pl.DataFrame) -> Proof:
    """All checks: records, hops, margins, and those of the outcomes.

    Args:
        outcomes: What the chain was built of.
        things: Of every kind.
        links: How they hang together.
        orders: One row per order with its amounts.
    """
    checks = [
        *_records(outcomes, things),
        *_dispatched(things, links),
        *_settled(things, links),
        *_stated(things, links),
        *_hop("settlements to payouts", ("settlement",), ("payout",), things, out_sign=-1),
        *_hop("payouts to bank", ("payout",), ("bank",), things, in_sign=-1),
        *_freight(things, links),
        *_margins(orders),
    ]
    own = [
        Check(name=f"{outcome.reconciliation}: {check.name}", side=check.side, currency=check.currency,
              total=check.total, parts=check.parts)
        for outcome in outcomes
        for check in outcome.proof.checks
    ]  # fmt: skip
    return Proof([*checks, *own])


def _records(outcomes: Sequence[Outcome], things: Mapping[str, Things]) -> list[Check]:
    """Every record of every outcome is a thing of the chain, seen first or again, or is named."""
    checks = [
        Check(
            name="records",
            side=kind.name,
            currency=None,
            total=of.records,
            parts={
                "things": of.nodes.height,
                "seen again": of.seen.height - of.nodes.height,
                "listed twice": of.repeats,
                "assumed by a reconciliation": of.assumed,
            },
        )
        for kind in KINDS
        if (of := things[kind.name]).records
    ]
    known = {kind.record.__name__ for kind in KINDS}
    total = sum(frame.height for outcome in outcomes for frame in outcome.records.values())
    others: dict[str, int] = {}
    for outcome in outcomes:
        for side, frame in outcome.records.items():
            name = outcome.kinds.get(side, side)
            if name not in known:
                others[f"{name}, which are no step"] = others.get(f"{name}, which are no step", 0) + frame.height
    counted = {kind.name: things[kind.name].records for kind in KINDS if things[kind.name].records}
    return [Check(name="records", side="all", currency=None, total=total, parts={**counted, **others}), *checks]


def _dispatched(things: Mapping[str, Things], links: Links) -> list[Check]:
    """Orders with a parcel, and those without by what a reconciliation says of them."""
    orders = things["order"].nodes.select("node", pl.col("cash_minor").fill_null(0), "cash_currency", "status")
    if not orders.height or not (things["parcel"].nodes.height or _comparing(("order",), ("parcel",), things)):
        return []
    sent = orders.join(links.orders["parcel"], left_on="node", right_on="order", how="semi")
    rest = orders.join(sent, on="node", how="anti").with_columns(pl.col("node").alias("group"))
    said = rest.join(_labels(("order",), ("parcel",), things, _of_itself(orders)), on="group", how="left")
    of_itself = pl.when(pl.col("label") == _OTHERWISE).then("status")
    said = said.with_columns(pl.coalesce(of_itself, "label", pl.lit(_UNCOMPARED)).alias("label"))
    counts = {f"without: {label}": rows for label, rows in said.group_by("label").len().sort("label").iter_rows()}
    checks = [
        Check(name="orders to parcels", side="orders", currency=None, total=orders.height,
              parts={"with a parcel": sent.height, **counts})
    ]  # fmt: skip
    for code in _codes(orders):
        own = [_sum(frame, code) for frame in (orders, sent)]
        sums = said.filter(pl.col("cash_currency") == code).group_by("label").agg(pl.col("cash_minor").sum())
        parts = {f"without: {label}": int(minor) for label, minor in sums.sort("label").iter_rows()}
        checks.append(
            Check(name="orders to parcels", side="orders", currency=code, total=own[0],
                  parts={"with a parcel": own[1], **parts})
        )  # fmt: skip
    return checks


def _settled(things: Mapping[str, Things], links: Links) -> list[Check]:
    """What orders are to bring less what was refunded, and what the lines say."""
    refunds = effective_refunds(things["refund"].nodes).select(
        "node", (pl.col("cash_minor") - pl.col("clawback_minor").fill_null(0)).alias("cash_minor"), "cash_currency"
    )
    lines = things["line"].nodes.filter(pl.col("type").is_in(GROSS)).select("node", "cash_minor", "cash_currency")
    if not lines.height and not _comparing(("order",), ("line",), things):
        return []
    orders = things["order"].nodes.select("node", "cash_minor", "cash_currency")
    inn = pl.concat([_grouped(orders, "order", links), _grouped(refunds, "refund", links)])
    out = _grouped(lines, "line", links)
    beside = {kind: links.orders[kind] for kind in ("order", "refund", "line")}
    labels = _labels(("order",), ("line",), things, beside)
    return _checks("orders and refunds to settlement lines", inn, out, labels, "settlement lines")


def _grouped(nodes: pl.DataFrame, kind: str, links: Links) -> pl.DataFrame:
    """Amounts with the order that they belong to, as group, and their own verdict for those of no one order."""
    pairs = links.orders[kind]
    alone = pairs.filter(pl.len().over("node") == 1)
    return nodes.join(alone, on="node", how="left").select(
        pl.col("order").alias("group"),
        "cash_minor",
        pl.col("cash_currency").alias("currency"),
        pl.lit(_NO_ORDER).alias("own"),
    )


def _stated(things: Mapping[str, Things], links: Links) -> list[Check]:
    """What the lines of a settlement sum to, and what its header states."""
    lines = things["line"].nodes.filter(pl.col("type") != "withdrawal")
    heads = things["settlement"].nodes
    awaited = things["line"].awaited & set(things["settlement"].seen["outcome"])
    if not heads.height or not (lines.height or awaited):
        return []
    pairs = links.settled.select(pl.col("right").alias("node"), pl.col("left").alias("group"))
    own = (
        pl.when(pl.col("settlement_id").is_null())
        .then(pl.lit("in no settlement"))
        .otherwise(pl.lit("its header is not there"))
    )
    inn = lines.join(pairs, on="node", how="left").select(
        "group", "cash_minor", pl.col("cash_currency").alias("currency"), own.alias("own")
    )
    out = heads.select(
        pl.col("node").alias("group"), "cash_minor", pl.col("cash_currency").alias("currency"), pl.lit("").alias("own")
    )
    has_lines = pl.col("group").is_in(pairs["group"].unique().implode())
    label = (
        pl.when(~has_lines)
        .then(pl.lit("its lines are not there"))
        .when(pl.col("cash_minor").is_null())
        .then(pl.lit("no net stated"))
    )
    labels = out.select("group", label.otherwise(pl.lit("header and lines differ")).alias("label"))
    return _checks("settlement lines to settlements", inn, out, labels, "settlements")


def _hop(
    name: str,
    sources: Sequence[str],
    targets: Sequence[str],
    things: Mapping[str, Things],
    *,
    in_sign: int = 1,
    out_sign: int = 1,
) -> list[Check]:
    """A hop whose two ends a reconciliation compared: what differs has that reconciliation's verdict."""
    best = _compared_in(sources, targets, things)
    if not best.height:
        return []
    groups = best.select(
        "kind", "node", pl.struct("outcome", "unit").rank("dense").cast(pl.Int64).alias("group"), "verdict"
    )
    ends = []
    for kinds, sign in ((sources, in_sign), (targets, out_sign)):
        parts = [
            things[kind]
            .nodes.select(
                "node", (sign * pl.col("cash_minor")).alias("cash_minor"), pl.col("cash_currency").alias("currency")
            )
            .join(groups.filter(pl.col("kind") == kind).drop("kind", "verdict"), on="node", how="left")
            for kind in kinds
        ]
        ends.append(pl.concat(parts).with_columns(pl.lit(_UNCOMPARED).alias("own")).drop("node"))
    codes = pl.concat(ends).filter(pl.col("group").is_not_null()).group_by("group").agg(pl.col("currency").n_unique())
    converted = codes.filter(pl.col("currency") > 1).select("group", pl.lit("converted").alias("converted"))
    labels = _ranked(groups.select("group", "verdict")).join(converted, on="group", how="left")
    labels = labels.select("group", pl.coalesce("converted", "label").alias("label"))
    return _checks(name, ends[0], ends[1], labels, " and ".join(targets))


def _compared_in(sources: Sequence[str], targets: Sequence[str], things: Mapping[str, Things]) -> pl.DataFrame:
    """Things of both ends with the newest outcome that compares both: `kind`, `node`, `outcome`, `unit`, `verdict`."""
    ends = [
        pl.concat(
            [
                _judged(things[kind]).select(pl.lit(kind).alias("kind"), "node", "outcome", "unit", "verdict")
                for kind in kinds
            ]
        )
        for kinds in (sources, targets)
    ]
    both = _comparing(sources, targets, things)
    seen = pl.concat(ends).filter(pl.col("outcome").is_in(both))
    newest = seen.sort("kind", "node", "outcome", "unit", descending=[False, False, True, False])
    return newest.unique(["kind", "node"], keep="first", maintain_order=True)


def _comparing(sources: Sequence[str], targets: Sequence[str], things: Mapping[str, Things]) -> list[int]:
    """Numbers of the outcomes that compare two ends, of which one may have no record: that is where what is missing shows."""
    ours, theirs = (
        {number for kind in kinds for number in _judged(things[kind])["outcome"].unique().to_list()}
        for kinds in (sources, targets)
    )
    waiting, awaited = (
        frozenset[int]().union(*(things[kind].awaited for kind in kinds)) for kinds in (sources, targets)
    )
    return sorted((ours & (theirs | awaited)) | (theirs & waiting))


def _judged(of: Things) -> pl.DataFrame:
    """Where things were compared, and not only looked at."""
    return of.seen.filter(~pl.col("is_evidence"))


def _labels(
    sources: Sequence[str], targets: Sequence[str], things: Mapping[str, Things], groups: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """For each order what the newest reconciliations that compare both ends say of it and its records: `group`, `label`."""
    kinds = (*sources, *targets)
    both = _comparing(sources, targets, things)
    parts = [
        _of_the_newest(_judged(things[kind]).filter(pl.col("outcome").is_in(both)))
        .join(pairs, on="node")
        .select(pl.col("order").alias("group"), "verdict")
        for kind, pairs in groups.items()
        if kind in kinds
    ]
    return _ranked(pl.concat(parts))


def _of_the_newest(seen: pl.DataFrame) -> pl.DataFrame:
    if seen["age"].n_unique() <= 1:
        return seen
    return seen.filter(pl.col("age") == pl.col("age").max().over("node"))


def _of_itself(orders: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {"order": orders.select("node", pl.col("node").alias("order"))}


def _ranked(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The verdict of each group that says most of a difference."""
    ranks = {word: place for place, word in enumerate(_RANKS)} | dict.fromkeys(_QUIET, len(_RANKS) + 2)
    rank = pl.col("verdict").replace_strict(ranks, default=len(_RANKS) + 1, return_dtype=pl.Int32)
    label = pl.when(pl.col("verdict").is_in(_QUIET)).then(pl.lit(_OTHERWISE)).otherwise("verdict")
    # Verdicts are few words of many rows: each row is told the place of its word.
    words = verdicts.select(pl.col("verdict").unique()).sort(rank, "verdict").with_row_index("place")
    best = (
        verdicts.join(words, on="verdict", nulls_equal=True)
        .group_by("group", maintain_order=True)
        .agg(pl.col("place").min())
    )
    return best.join(words.select("place", label.alias("label")), on="place", maintain_order="left").drop("place")


def _checks(name: str, inn: pl.DataFrame, out: pl.DataFrame, labels: pl.DataFrame, goes_to: str) -> list[Check]:
    """For each currency: what goes in = what comes out + what lies between, by label.

    Args:
        name: Name of the hop.
        inn: `group` (null for what belongs to none), `cash_minor`, `currency`, `own` (label of what belongs to no group).
        out: The same.
        labels: `group`, `label`.
        goes_to: What comes out.
    """
    ends = [end.with_columns(pl.col("cash_minor").fill_null(0)) for end in (inn, out)]
    signed = pl.concat([ends[0], ends[1].with_columns(-pl.col("cash_minor"))])
    between = (
        signed.filter(pl.col("currency").is_not_null())
        .group_by("group", "currency", pl.when(pl.col("group").is_null()).then("own").alias("own"))
        .agg(pl.col("cash_minor").sum())
    )
    between = between.join(labels, on="group", how="left").with_columns(
        pl.coalesce("own", "label", pl.lit(_UNCOMPARED)).alias("label")
    )
    sums = (
        between.filter(pl.col("cash_minor") != 0)
        .group_by("currency", "label")
        .agg(pl.col("cash_minor").sum())
        .sort("currency", "label")
    )
    checks = []
    for code in _codes(pl.concat(ends).rename({"currency": "cash_currency"})):
        totals = [_sum(end.rename({"currency": "cash_currency"}), code) for end in ends]
        parts = {str(label): int(minor) for _, label, minor in sums.filter(pl.col("currency") == code).iter_rows()}
        checks.append(
            Check(name=name, side="chain", currency=code, total=totals[0], parts={goes_to: totals[1], **parts})
        )
    return checks


def _freight(things: Mapping[str, Things], links: Links) -> list[Check]:
    """What couriers charged, and what of it falls on orders."""
    charges = things["charge"].nodes.filter(pl.col("cash_minor").is_not_null())
    if not charges.height:
        return []
    remitted = charges.filter((pl.col("charge_type") == "cod_remittance").fill_null(value=False))
    loose = charges.join(remitted, on="node", how="anti").join(links.orders["charge"], on="node", how="anti")
    numbered = pl.col("tracking_no").is_not_null()
    shares = freight_shares(things, links).rename({"currency": "cash_currency"})
    return [
        Check(
            name="charges to orders",
            side="chain",
            currency=code,
            total=_sum(charges, code),
            parts={
                "on orders": _sum(shares, code),
                "parcels of no order": _sum(loose.filter(numbered), code),
                "of no parcel": _sum(loose.filter(~numbered), code),
                "cash on delivery": _sum(remitted, code),
            },
        )
        for code in _codes(charges)
    ]


def _margins(orders: pl.DataFrame) -> list[Check]:
    """The margins are the sums of their parts; what lacks a part has none, and its parts are named."""
    table = orders.rename({"currency": "cash_currency"})
    known = table.filter(pl.col("margin_minor").is_not_null())
    return [
        Check(
            name="margins of orders",
            side="chain",
            currency=code,
            total=int(known.filter(pl.col("cash_currency") == code)["margin_minor"].sum()),
            parts={
                part.removesuffix("_minor"): int(known.filter(pl.col("cash_currency") == code)[part].sum())
                for part in PARTS
            },
        )
        for code in _codes(known)
    ]


def _codes(frame: pl.DataFrame) -> list[str]:
    codes: list[str] = frame["cash_currency"].drop_nulls().unique().sort().to_list()
    return codes


def _sum(frame: pl.DataFrame, code: str) -> int:
    return int(frame.filter(pl.col("cash_currency") == code)["cash_minor"].sum())
