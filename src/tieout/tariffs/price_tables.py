"""Reading price tables: figures by zone, tiers, segments, and matrices kept as CSV beside the card."""

from decimal import Decimal
from itertools import pairwise
from typing import Final

from tieout.tariffs._files import read_side_csv
from tieout.tariffs._integers import WEIGHT_UNITS, whole_units
from tieout.tariffs._toml import Node
from tieout.tariffs.prices import MODELS, Average, Price, Prices, Step
from tieout.tariffs.rounding import read_bands
from tieout.tariffs.zones import ANY_ZONE, Zones, check_zone

__all__ = ["read_prices"]

_PRICING: Final = tuple(model for model in MODELS if model != "average_weight")
_BEYOND: Final = ("first_continued", "segmented_continued", "per_kg")
_FIGURE: Final = {
    "first_continued": "first",
    "segmented_continued": "first",
    "tier_flat": "tiers",
    "per_kg": "rate",
    "zone_table": "prices",
    "label_fee": "fee",
}


def read_prices(node: Node, zones: Zones, *, unit: str) -> Prices:
    """Read a `prices` table.

    Raises:
        RateCardError: A zone is unknown, a key of the model is missing, tiers do not ascend, or a price is negative.
    """
    model = node.choice("model", MODELS)
    average = _read_average(node, unit) if model == "average_weight" else None
    matrix = _read_matrix(node, zones, unit)
    found: dict[str, Price] = {}
    by_zone = node.table("zones")
    for name, child in by_zone.entries() if by_zone is not None else ():
        check_zone(child, "", name, zones.names)
        whole = child.over(node, without=("zones", "average", "file", "weight_column"))
        found[name] = _read_price(whole, matrix.get(name), unit)
        child.finish()
    for name in zones.names or (ANY_ZONE,):
        if name not in found and (not zones.names or name in matrix or _stands_alone(node)):
            found[name] = _read_price(node, matrix.get(name), unit)
    if not found:
        raise node.error("no zone has a price")
    mixed = {price.model == "label_fee" for price in found.values()}
    if len(mixed) > 1:
        raise node.error("label fees and freight cannot be mixed in one price table", "model")
    node.finish()
    return Prices(zones=found, average=average)


def _read_price(node: Node, tiers: tuple[Step, ...] | None, unit: str) -> Price:
    model = _model_of(node)
    beyond = None
    if model in {"tier_flat", "zone_table"}:
        tiers = tiers or (_read_tiers(node, unit) if model == "tier_flat" else _read_row(node, unit))
        beyond = node.choice("beyond", _BEYOND) if node.has("beyond") else None
    used = {model, beyond}
    continued = used & {"first_continued", "segmented_continued"}
    return Price(
        model=model,
        beyond=beyond,
        tiers=tiers or (),
        first_weight=_weight(node, "first_weight", unit) if continued else None,
        first=node.price("first") if continued else None,
        step=_weight(node, "step", unit) if continued else None,
        continued=node.price("continued") if "first_continued" in used else None,
        partial_step=node.choice("partial_step", ("full", "pro_rata"), "full") if continued else "full",
        basis=node.choice("basis", ("total", "continued"), "total") if "segmented_continued" in used else "total",
        segments=_read_steps(node, "segments", unit) if "segmented_continued" in used else (),
        rate=node.price("rate") if "per_kg" in used else None,
        min_price=node.price("min_price", Decimal(0)) if "per_kg" in used else Decimal(0),
        fee=node.price("fee") if model == "label_fee" else None,
    )


def _model_of(node: Node) -> str:
    """The model that turns a weight into a price; an average-weight contract names it apart."""
    model = node.choice("model", MODELS)
    return node.choice("price_model", _PRICING) if model == "average_weight" else model


def _stands_alone(node: Node) -> bool:
    return node.has(_FIGURE[_model_of(node)])


def _read_tiers(node: Node, unit: str) -> tuple[Step, ...]:
    tiers = _read_steps(node, "tiers", unit)
    if any(bound is None for bound, _ in tiers):
        raise node.error("every tier needs 'up_to'; prices above the last one are the key 'beyond'", "tiers")
    return tiers


def _read_steps(node: Node, name: str, unit: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    children = node.tables(name)
    if not children:
        raise node.error(f"the key {name!r} is missing", name)
    for index, child in enumerate(children):
        bound = _weight(child, "up_to", unit) if child.has("up_to") else None
        if bound is None and index < len(children) - 1:
            raise child.error("only the last one may be without 'up_to'", "up_to")
        if steps and bound is not None and bound <= (steps[-1][0] or 0):
            raise child.error(f"the bounds must ascend, found {bound} after {steps[-1][0]}", "up_to")
        steps.append((bound, child.price("price")))
        child.finish()
    return tuple(steps)


def _read_row(node: Node, unit: str) -> tuple[Step, ...]:
    weights, prices = node.numbers("weights"), node.prices("prices")
    if len(weights) != len(prices):
        raise node.error(f"{len(weights)} weights need as many prices, found {len(prices)}", "prices")
    return _ascending(node, "weights", list(zip(weights, prices, strict=True)), unit)


def _read_matrix(node: Node, zones: Zones, unit: str) -> dict[str, tuple[Step, ...]]:
    """The columns of a price file: one weight column, one column per zone."""
    if not node.has("file"):
        return {}
    name, weight_column = node.text("file"), node.text("weight_column", "weight")
    rows = read_side_csv(node, "file", name, needed=(weight_column,))
    steps: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for line, row in rows:
        at = f"file ({name}:{line})"
        weight = node.exact(row[weight_column], at, over=0)
        for column, cell in row.items():
            if column != weight_column:
                zone = check_zone(node, "file", zones.aliases.get(column, column), zones.names)
                steps.setdefault(zone, []).append((weight, node.exact_price(cell, at)))
    return {zone: _ascending(node, "file", pairs, unit) for zone, pairs in steps.items()}


def _ascending(node: Node, key: str, pairs: list[tuple[Decimal, Decimal]], unit: str) -> tuple[Step, ...]:
    if not pairs:
        raise node.error("there is no price", key)
    for (low, _), (high, _) in pairwise(pairs):
        if high <= low:
            raise node.error(f"the weights must ascend, found {high} after {low}", key)
    for weight, _ in pairs:
        _check_whole(node, key, weight, unit)
    return tuple(pairs)


def _read_average(node: Node, unit: str) -> Average:
    child = node.table("average")
    if child is None:
        raise node.error("the model 'average_weight' needs a table 'average'", "average")
    bands = read_bands(child, unit=unit)
    average = Average(
        weight_of=child.choice("weight_of", ("actual", "chargeable", "billing"), "actual"),
        rounding=bands[0].rounding,
        provisional_weight=_weight(child, "provisional_weight", unit) if child.has("provisional_weight") else None,
        settlement=child.choice("settlement", ("in_bill", "next_month_credit"), "in_bill"),
    )
    if len(bands) > 1:
        raise child.error("an average has one rounding, not bands", "bands")
    child.finish()
    return average


def _weight(node: Node, name: str, unit: str) -> Decimal:
    weight = node.number(name, over=0)
    _check_whole(node, name, weight, unit)
    return weight


def _check_whole(node: Node, name: str, weight: Decimal, unit: str) -> None:
    if whole_units(weight, WEIGHT_UNITS[unit]) is None:
        raise node.error(f"{weight} {unit} is not a whole number of 1e-8 g", name)
