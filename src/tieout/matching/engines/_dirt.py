"""Dirt: what the normal form took off the keys of a pair, named in its evidence.

Dirt loses nothing, so it decides nothing; it is named so that a person sees why two texts count as one key.
"""

import attrs
import polars as pl

from tieout.keys.dirt import DROPPED_CLASS
from tieout.matching._plan import BoundRule
from tieout.matching._workbench import Workbench
from tieout.matching.engines._pool import Decision

__all__ = ["with_dirt"]

_HYPHENS = "[-－‐‑‒–—―−﹘﹣]"
_SIGNS = {
    "quotes": "['\"＇＂‘’‚‛′“”„‟″]",
    "backtick": "[`｀]",
    "equals sign": "[=＝]",
    "at sign": "[@＠]",
    "tab": "\t",
    "spaces": r"[\n\x0B-\x0D \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]",
    "invisible characters": DROPPED_CLASS,
    "full-width": "[！-～]",
    "hyphens": "",
    "case": "[a-zａ-ｚ]",
    ".0": r"[.．][0０]+[^0-9０-９]*$",
}


def with_dirt(bench: Workbench, rule: BoundRule, decision: Decision) -> Decision:
    """The decision, with the dirt of each pair in its evidence where the rule wants it named."""
    if not rule.names_dirt:
        return decision
    return attrs.evolve(
        decision,
        confirmed=_named(bench, rule, decision.confirmed),
        suggested=_named(bench, rule, decision.suggested),
    )


def _named(bench: Workbench, rule: BoundRule, pairs: pl.DataFrame) -> pl.DataFrame:
    plan = bench.plan
    came = [bench.texts_as_they_came(rule, side, pairs[side.name]).cast(pl.String) for side in (plan.left, plan.right)]
    dirty = came[0].ne_missing(came[1]).arg_true()
    if dirty.is_empty():
        return pairs
    signs = [
        _signs(texts.gather(dirty), bench.texts(rule, side, pairs[side.name].gather(dirty)))
        for texts, side in zip(came, (plan.left, plan.right), strict=True)
    ]
    words = _words(*signs)
    evidence = pairs["evidence"].clone().scatter(dirty, pairs["evidence"].gather(dirty) + words)
    return pairs.with_columns(evidence.alias("evidence"))


def _signs(came: pl.Series, normal: pl.Series) -> pl.DataFrame:
    """One Boolean column per kind of dirt."""
    texts, keys = pl.col("came").fill_null(""), pl.col("normal").fill_null("")
    is_there = {name: texts.str.contains(sign) for name, sign in _SIGNS.items() if sign}
    is_there["hyphens"] = texts.str.count_matches(_HYPHENS) > keys.str.count_matches("-", literal=True)
    is_there[".0"] = is_there[".0"] & ~keys.str.contains(r"\.0+$")
    return pl.DataFrame([came.alias("came"), normal.alias("normal")]).select(
        is_there[name].alias(name) for name in _SIGNS
    )


def _words(left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    """What stands on one side only, in words; where all of it stands on both, all of it."""
    one_sided = pl.DataFrame([left[name] ^ right[name] for name in _SIGNS])
    both = pl.DataFrame([left[name] | right[name] for name in _SIGNS])
    is_one_sided = pl.any_horizontal(*_SIGNS)
    any_one = one_sided.select(is_one_sided).to_series()
    shown = pl.DataFrame([one_sided[name].zip_with(any_one, both[name]).alias(name) for name in _SIGNS])
    listed = pl.concat_str([pl.when(name).then(pl.lit(name)) for name in _SIGNS], separator=", ", ignore_nulls=True)
    return shown.select(pl.when(is_one_sided).then(" (" + listed + ")").otherwise(pl.lit(""))).to_series()
