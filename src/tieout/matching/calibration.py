"""Calibrations: what a rule learned from the pairs that match exactly."""

import attrs

__all__ = ["Calibration"]


@attrs.frozen(kw_only=True, eq=False)
class Calibration:
    """What a rule learned.

    Attributes:
        rule: Name of the rule.
    """

    rule: str
