"""Courier contracts as data: rate cards, and what they expect for each parcel."""

from tieout.tariffs.card import RateCard
from tieout.tariffs.explanation import Explanation
from tieout.tariffs.rating import Rated
from tieout.tariffs.rounding import Rounding
from tieout.tariffs.scenario import Scenario
from tieout.tariffs.terms import Compensation, Terms

__all__ = ["Compensation", "Explanation", "RateCard", "Rated", "Rounding", "Scenario", "Terms"]
