"""Which rule was being decided when something failed."""

from contextlib import AbstractContextManager

from tieout._spark.workers import about
from tieout.matching.rule import Rule

__all__ = ["at_rule"]


def at_rule(rule: Rule) -> AbstractContextManager[None]:
    """Let any error remember that this rule was being decided: of rules within each other the innermost."""
    return about(f"rule {rule.name!r}")
