"""Proof of a match: on either side, what went in is what is confirmed, suggested or alone."""

from collections.abc import Iterator, Mapping

import polars as pl

from tieout.matching._names import cell
from tieout.matching._plan import Plan
from tieout.matching._sides import Side
from tieout.model.currency import exponent
from tieout.proof import Check, Proof

__all__ = ["money_of", "once_check", "proof_of", "single_rules", "sum_checks", "sums_of"]


def proof_of(plan: Plan, pairs: pl.DataFrame) -> Proof:
    """Count and sum both sides anew, from the inputs and from the pairs, and set them against each other.

    Sums are made of the amounts that the rules compare, or else of the column `amount`, per currency.
    """
    checks: list[Check] = []
    for side in (plan.left, plan.right):
        parts = _parts(side, pairs)
        checks.append(
            Check(name="records", side=side.name, currency=None, total=side.frame.height, parts=_counts(parts))
        )
        checks += _sums(side, parts, money_of(plan, side))
    return Proof([*checks, *_used_once(plan, pairs)])


def _parts(side: Side, pairs: pl.DataFrame) -> dict[str, pl.Series]:
    """Positions of each kind of record."""
    confirmed = pairs.filter(pl.col("status") == "confirmed")[side.name].unique()
    everyone = pl.int_range(side.frame.height, eager=True, dtype=pl.Int64)
    open_ones = everyone.filter(~everyone.is_in(confirmed.implode()))
    is_suggested = open_ones.is_in(pairs.filter(pl.col("status") == "suggested")[side.name].unique().implode())
    return {
        "confirmed": confirmed,
        "suggested": open_ones.filter(is_suggested),
        "alone": open_ones.filter(~is_suggested),
    }


def _counts(parts: dict[str, pl.Series]) -> dict[str, int]:
    return {name: len(rows) for name, rows in parts.items()}


def money_of(plan: Plan, side: Side) -> tuple[str, str] | None:
    """Columns of amount, in minor units, and currency; None when the side holds no known money."""
    compared = [gate.money[side.name] for rule in plan.rules for gate in rule.gates if side.name in gate.money]
    compared += [one.money[side.name] for rule in plan.rules for one in rule.sums if side.name in one.money]
    if compared:
        return compared[0]
    columns = set(side.frame.columns)
    return ("amount_minor", "currency") if {"amount_minor", "currency"} <= columns else None


def _sums(side: Side, parts: dict[str, pl.Series], money: tuple[str, str] | None) -> Iterator[Check]:
    amounts = _amounts(side, money)
    if money is None or amounts is None:
        return
    totals = _by_currency(amounts)
    yield from sum_checks(
        side.name, money[0], totals, {name: _by_currency(amounts[rows]) for name, rows in parts.items()}
    )


def sum_checks(
    side: str, column: str, totals: Mapping[str, int], by_part: Mapping[str, Mapping[str, int]]
) -> Iterator[Check]:
    """A check for each currency: the total of a side's amounts is the sum of its parts.

    Args:
        side: `left` or `right`.
        column: Column of the amounts.
        totals: Sums of all records, by currency, in minor units.
        by_part: The same of each part.
    """
    for code in sorted(filter(_is_known, totals)):
        figures = {name: sums.get(code, 0) for name, sums in by_part.items()}
        yield Check(name=column.removesuffix("_minor"), side=side, currency=code, total=totals[code], parts=figures)


def sums_of(plan: Plan, side: Side) -> dict[str, int]:
    """Sums of the amounts of a side's records, by currency; none where it holds no known money."""
    amounts = _amounts(side, money_of(plan, side))
    return {} if amounts is None else _by_currency(amounts)


def _amounts(side: Side, money: tuple[str, str] | None) -> pl.DataFrame | None:
    """Columns minor and currency; None where there is no money in minor units."""
    if money is None or not side.frame.schema[money[0]].is_integer():
        return None
    return side.frame.select(minor=cell(money[0]).cast(pl.Int128), currency=cell(money[1]).cast(pl.String))


def _by_currency(amounts: pl.DataFrame) -> dict[str, int]:
    sums = amounts.drop_nulls().group_by("currency").agg(pl.col("minor").sum())
    return {code: int(total) for code, total in sums.iter_rows() if _is_known(code)}


def _is_known(code: str) -> bool:
    """Sums of what is no currency cannot be stated; such records are counted all the same."""
    try:
        exponent(code)
    except LookupError:
        return False
    return True


def _used_once(plan: Plan, pairs: pl.DataFrame) -> Iterator[Check]:
    """No record that may have one partner only has two."""
    confirmed = pairs.filter(pl.col("status") == "confirmed")
    for side in (plan.left, plan.right):
        single = single_rules(plan, side.name)
        if single:
            used = confirmed.filter(pl.col("rule").is_in(single))[side.name]
            yield once_check(side.name, len(used), used.n_unique())


def once_check(side: str, pairs: int, records: int) -> Check:
    """So many confirmed pairs, of rules that give a record one partner, are of as many records."""
    return Check(
        name="confirmed pairs of records that may have one partner",
        side=side,
        currency=None,
        total=pairs,
        parts={"distinct records": records},
    )


def single_rules(plan: Plan, side: str) -> list[str]:
    """Names of the rules that give a record of that side one partner."""
    return [rule.rule.name for rule in plan.rules if not _takes_many(rule.pairing.value, side)]


def _takes_many(pairing: str, side: str) -> bool:
    """Whether records of that side may have several partners."""
    return pairing in ({"1:n", "n:m"} if side == "left" else {"n:1", "n:m"})
