"""Totals: the proof that no line, parcel or cent of a courier bill was lost."""

from collections.abc import Mapping

import polars as pl

from tieout.proof import Check, Proof

__all__ = ["build_proof"]

_STATES = ("billed", "waiting", "unbilled", "not_billable", "other_carrier", "listed_twice", "no_number")
_ACCRUED = "courier.unbilled"


def build_proof(
    *,
    given: Mapping[str, pl.DataFrame],
    lines: pl.DataFrame,
    states: pl.DataFrame,
    discrepancies: pl.DataFrame,
    line_findings: pl.DataFrame,
    events: pl.DataFrame,
    contract: Mapping[str, int],
    currency: str,
) -> Proof:
    """The checks of `outcome.proof`.

    Totals are summed from the inputs as they were given, parts from what came out, so that a row or an amount that went
    missing on the way shows as a gap.

    Args:
        given: The inputs, `charges` and `shipments`, before anything was done to them.
        lines: Lines with `verdict`, `amount_minor`, `settled_minor`, `absorbed_minor`.
        states: One word per parcel.
        discrepancies: The table of discrepancies.
        line_findings: Those of them that are bill lines.
        events: The table of events.
        contract: Sums of expected amounts: `rated` (all components), `settled`, `not_charged`, `unbilled`, `set_aside`,
            and what parcels, bills and months should have had: `parcels`, `months`, `bill_gap`.
        currency: The contract's currency.
    """
    codes = given["charges"]["currency"].drop_nulls().unique().sort().to_list()
    checks = [_line_rows(given["charges"], lines, line_findings), _parcel_rows(given["shipments"], states)]
    checks += [_amounts(given["charges"], lines, line_findings, code) for code in codes]
    checks.append(_contract(contract, currency))
    checks.append(_difference(lines, discrepancies, contract, currency))
    checks += [_posted(given["charges"], events, code) for code in codes]
    checks.append(_accrued(events, contract, currency))
    return Proof(checks)


def _line_rows(charges: pl.DataFrame, lines: pl.DataFrame, findings: pl.DataFrame) -> Check:
    parts = {
        "agreed": _count(lines, pl.col("verdict").is_in(["correct", "credit"])),
        "within tolerance": _count(lines, pl.col("verdict") == "within_tolerance"),
        "discrepancies": findings.height,
    }
    return Check(name="rows", side="charges", currency=None, total=charges.height, parts=parts)


def _parcel_rows(shipments: pl.DataFrame, states: pl.DataFrame) -> Check:
    parts = {state.replace("_", " "): _count(states, pl.col("state") == state) for state in _STATES}
    return Check(name="rows", side="shipments", currency=None, total=shipments.height, parts=parts)


def _amounts(charges: pl.DataFrame, lines: pl.DataFrame, findings: pl.DataFrame, code: str) -> Check:
    of_code = lines.filter(pl.col("currency") == code)
    parts = {
        "as the contract says": _sum(of_code, "settled_minor"),
        "impacts of discrepancies": _sum(findings.filter(pl.col("currency") == code), "impact_minor"),
        "within tolerance": _sum(of_code, "absorbed_minor"),
    }
    total = _sum(charges.filter(pl.col("currency") == code), "amount_minor")
    return Check(name="billed", side="charges", currency=code, total=total, parts=parts)


def _contract(contract: Mapping[str, int], currency: str) -> Check:
    parts = {
        "billed": contract["settled"],
        "not charged": contract["not_charged"],
        "not billed yet": contract["unbilled"],
        "set aside": contract["set_aside"],
    }
    return Check(name="expected by contract", side="shipments", currency=currency, total=contract["rated"], parts=parts)


def _difference(lines: pl.DataFrame, discrepancies: pl.DataFrame, contract: Mapping[str, int], currency: str) -> Check:
    ours = lines.filter(pl.col("currency") == currency)
    actual = _sum(ours, "amount_minor") + contract["bill_gap"] + contract["parcels_actual"]
    expected = _sum(ours, "settled_minor") + contract["parcels"] + contract["months"]
    parts = {
        "impacts of all discrepancies": _sum(discrepancies.filter(pl.col("currency") == currency), "impact_minor"),
        "within tolerance": _sum(ours, "absorbed_minor"),
    }
    return Check(name="billed - expected", side="both", currency=currency, total=actual - expected, parts=parts)


def _posted(charges: pl.DataFrame, events: pl.DataFrame, code: str) -> Check:
    of_code = events.filter((pl.col("currency") == code) & (pl.col("kind") != _ACCRUED))
    sums = of_code.group_by("kind").agg(pl.col("amount_minor").sum()).sort("kind")
    parts = {row["kind"]: row["amount_minor"] for row in sums.iter_rows(named=True)}
    total = _sum(charges.filter(pl.col("currency") == code), "amount_minor")
    return Check(name="to be posted", side="charges", currency=code, total=total, parts=parts)


def _accrued(events: pl.DataFrame, contract: Mapping[str, int], currency: str) -> Check:
    accrued = _sum(events.filter(pl.col("kind") == _ACCRUED), "amount_minor")
    return Check(
        name="to be accrued", side="shipments", currency=currency, total=contract["unbilled"], parts={_ACCRUED: accrued}
    )


def _count(frame: pl.DataFrame, predicate: pl.Expr) -> int:
    return frame.filter(predicate).height


def _sum(frame: pl.DataFrame, column: str) -> int:
    return int(frame[column].cast(pl.Int128).sum())
