"""Matching: which records of two sides belong together, decided by evidence and explained."""

from tieout.matching._spark.options import OnSpark
from tieout.matching.calibration import Calibration, CalibrationReason
from tieout.matching.conditions._base import Gate, Key, Sum
from tieout.matching.conditions._business_days import BusinessDays
from tieout.matching.conditions.contains import Contains
from tieout.matching.conditions.damaged import Damaged
from tieout.matching.conditions.exact import Exact
from tieout.matching.conditions.fuzzy import Fuzzy
from tieout.matching.conditions.near import Near
from tieout.matching.conditions.same import Same
from tieout.matching.conditions.subset import Subset
from tieout.matching.conditions.total import Total
from tieout.matching.explanation import Explanation
from tieout.matching.matcher import Matcher
from tieout.matching.result import MatchResult
from tieout.matching.rule import Pairing, Rule
from tieout.matching.verdict import Verdict

__all__ = [
    "BusinessDays",
    "Calibration",
    "CalibrationReason",
    "Contains",
    "Damaged",
    "Exact",
    "Explanation",
    "Fuzzy",
    "Gate",
    "Key",
    "MatchResult",
    "Matcher",
    "Near",
    "OnSpark",
    "Pairing",
    "Rule",
    "Same",
    "Subset",
    "Sum",
    "Total",
    "Verdict",
]
