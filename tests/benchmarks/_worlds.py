"""Worlds: what the planted truth consists of. All shares stand here, to be read and changed.

Two worlds, for nobody should tune on one: `mixed` has several carriers, runs of numbers, catalogues and weights; `sequence` has
nothing but consecutive numbers, fifty prices and no weights, so that a slip of one digit nearly always names another parcel.
"""

from collections.abc import Mapping

import attrs

__all__ = ["MIXED", "SEQUENCE", "WORLDS", "World"]

_DAMAGES = {
    "edit: replaced": 0.0075,
    "edit: dropped": 0.0025,
    "edit: put in": 0.0025,
    "edit: swapped": 0.0025,
    "two edits": 0.0020,
    "zeros after 15": 0.0080,  # happens to long numbers only, about a third of the keys; the others stay clean
    "scientific, 15 digits": 0.0040,  # the same
    "scientific, 6 digits": 0.0010,  # to numbers without letters
    "point zero": 0.0020,  # to short numbers without letters
    "lost zeros": 0.0200,  # to numbers that begin with 0
    "lost prefix": 0.0015,  # to numbers that begin with letters
    "added prefix": 0.0007,
    "parcel suffix": 0.0010,
    "quotes and wraps": 0.0020,
    "full width": 0.0007,
    "hyphens": 0.0007,
    "spaces": 0.0015,
    "case": 0.0010,  # to numbers with letters
    "lookalikes": 0.0012,
}


@attrs.frozen(kw_only=True)
class World:
    """Settings of a planted truth; shares are of the left rows unless said otherwise.

    Attributes:
        name: What the command line calls it.
        order_share: Order numbers; the rest are waybills.
        run_share: Of the waybills, those in runs.
        run_length: Consecutive numbers in a run, which are of one shop and one day.
        is_one_sequence: All keys are consecutive numbers of 12 digits, in the order of the days; no carriers, no orders.
        carriers: Prefix and digits of waybills against their share; `S10` stands for postal numbers with a check digit.
        dated_order_share: Of the order numbers, those that begin with yyyymmddhhmmss.
        leading_zeros_share: Of the 12-digit waybills, those that begin with 00.
        shops: Number of shops.
        days: Days in the period.
        price_points: Catalogue prices there are.
        price_skew: How much sales crowd on a shop's favourites; 1 is not at all.
        catalogue_share: Amounts that are catalogue prices, outside of runs.
        run_catalogue_share: The same in runs.
        has_weights: Whether the sides have weights.
        weight_noise_g: Most that two honest scales differ.
        weight_wrong_share: Lines whose weight is far off.
        lags: Shares of the days between both sides, from 0 on.
        damages: Kind of damage against share of the right lines that it is tried on.
        missing_share: Left rows without a right line.
        extra_share: Right lines of strangers.
        near_extra_share: Of these, those one digit away from a left key, on the same day, at a price of the same shop.
        twice_share: Lines billed twice.
        twice_later_share: Of these, those whose copy has a later date.
        wrong_amount_share: Lines with another amount, where the key is not damaged.
        damaged_wrong_amount_share: The same, of the lines with a damaged key.
        repeat_share: Left rows that have the key of another one.
        dirty_left_share: Left keys with a reversible damage.
        edited_left_share: Left keys with one edit.
        null_share: Nulls in each column of each side.
    """

    name: str
    order_share: float = 0.30
    run_share: float = 0.5
    run_length: int = 200
    is_one_sequence: bool = False
    carriers: Mapping[tuple[str, int], float] = attrs.field(
        factory=lambda: {
            ("SF", 13): 0.25,
            ("YT", 13): 0.18,
            ("JT", 13): 0.10,
            ("78", 12): 0.18,
            ("43", 13): 0.10,
            ("JDVA", 11): 0.08,
            ("S10", 8): 0.04,
            ("", 12): 0.07,
        }
    )
    dated_order_share: float = 0.35
    leading_zeros_share: float = 0.25
    shops: int = 8
    days: int = 31
    price_points: int = 200
    price_skew: float = 2.5
    catalogue_share: float = 0.25
    run_catalogue_share: float = 0.55
    has_weights: bool = True
    weight_noise_g: int = 80
    weight_wrong_share: float = 0.015
    lags: tuple[float, ...] = (0.45, 0.35, 0.15, 0.05)
    damages: Mapping[str, float] = attrs.field(factory=lambda: dict(_DAMAGES))
    missing_share: float = 0.01
    extra_share: float = 0.01
    near_extra_share: float = 1 / 3
    twice_share: float = 0.005
    twice_later_share: float = 0.5
    wrong_amount_share: float = 0.005
    damaged_wrong_amount_share: float = 0.02
    repeat_share: float = 0.002
    dirty_left_share: float = 0.005
    edited_left_share: float = 0.0005
    null_share: float = 0.0005


MIXED = World(name="mixed")
SEQUENCE = World(
    name="sequence",
    is_one_sequence=True,
    order_share=0,
    run_share=1,
    price_points=50,
    price_skew=1.5,
    catalogue_share=1,
    run_catalogue_share=1,
    has_weights=False,
)
WORLDS = {world.name: world for world in (MIXED, SEQUENCE)}
