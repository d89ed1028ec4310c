"""Verdicts: what was found out about a sum."""

import attrs

__all__ = ["Verdict"]


@attrs.frozen(kw_only=True)
class Verdict:
    """What was found out about one sum.

    Attributes:
        rule: Name of the rule.
    """

    rule: str
