"""The scout: finds the records of one side that are near one record of the other, by column work instead of one by one.

A key that may differ is sieved before it is measured: within k edits two keys have a piece in common. What is left is few.
"""

import attrs
import polars as pl

from tieout.matching._plan import BoundRule
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench, key_names
from tieout.matching.conditions._base import KeyPart, Search
from tieout.matching.conditions._edit_pieces import sharing_a_piece
from tieout.matching.conditions._edits import edits_between

__all__ = ["NEAR_EDITS", "Scout"]

NEAR_EDITS = 2
"""Further apart, a key is nothing that a person would recognise."""

_NO_BLOCK = pl.lit(0, dtype=pl.UInt64).alias("block")
_PAIRED = {"row": pl.UInt32(), "steps": pl.Int64()}


@attrs.frozen(kw_only=True, eq=False)
class Scout:
    """Looks from one record at the other side.

    Attributes:
        bench: Columns of both sides.
        side: The record's side.
        position: The record.
    """

    bench: Workbench
    side: Side
    position: int
    _near: dict[tuple[str, str], pl.DataFrame] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def is_left(self) -> bool:
        """Whether the record is of the left side."""
        return self.side is self.bench.plan.left

    @property
    def other(self) -> Side:
        """The side that is looked at."""
        return self.bench.plan.right if self.is_left else self.bench.plan.left

    def own_key(self, rule: BoundRule) -> tuple[object, ...] | None:
        """The record's whole key in its normal form; None when it lacks a part."""
        at = 0 if self.is_left else 1
        row = self.side.frame[[self.position]]
        key = row.select(part.normal[at].value.alias(name) for part, name in _named(rule)).row(0)
        return None if None in key else key

    def admitted(self, rule: BoundRule, key: tuple[object, ...]) -> pl.DataFrame:
        """Records of the other side that the rule's key admits: row, steps (0 for an equal key)."""
        names = key_names(rule)
        alike = self._with_equal(rule, key, names if rule.search is None else names[:-1])
        if rule.search is None:
            return alike.select("row", steps=pl.lit(0, dtype=pl.Int64))
        own, name = str(key[-1]), names[-1]
        few = pl.DataFrame({"key": [own]}, schema={"key": pl.String}).with_columns(_NO_BLOCK)
        edits = next(key.edits for key in rule.keys if key.search is not None)
        if edits is not None and edits <= NEAR_EDITS:
            near = alike.join(self._near_texts(rule, alike, name, own), on="row", how="semi")
        else:
            near = alike.filter(rule.search.sieve(few)(alike.select(pl.col(name).alias("key"), _NO_BLOCK)))
        steps = _steps(rule.search, [own] * near.height, near[name].to_list(), is_left=self.is_left)
        return near.select("row", steps=pl.Series(steps, dtype=pl.Int64)).drop_nulls("steps")

    def near_keys(self, rule: BoundRule, key: tuple[object, ...]) -> pl.DataFrame:
        """Records with nearly the same key where the rule admits none: row, steps (edits), part (number of the key's part)."""
        found = [pl.DataFrame(schema={**_PAIRED, "part": pl.Int64()})]
        names = key_names(rule)
        for at, name in enumerate(names):
            own = key[at]
            if isinstance(own, str):
                alike = self._with_equal(rule, key, [one for one in names if one != name])
                near = self._near_texts(rule, alike, name, own).filter(pl.col("steps") > 0)
                found.append(near.with_columns(part=pl.lit(at, dtype=pl.Int64)))
        return pl.concat(found)

    def near_gates(self, rule: BoundRule) -> pl.DataFrame:
        """Records that pass all gates, whatever their key: row. None for a rule without gates."""
        if not rule.gates or not self.other.frame.height:
            return pl.DataFrame(schema={"row": pl.UInt32()})
        own_name, other_name = (self.side.name, self.other.name)
        own_row, rows = (
            self.side.frame[[self.position]],
            pl.int_range(self.other.frame.height, dtype=pl.UInt32, eager=True),
        )
        for gate in rule.gates:
            reads = {"left": gate.left, "right": gate.right}
            near = [self.other.frame[name].alias(f"{other_name}:{name}").gather(rows) for name in reads[other_name]]
            own = [own_row[name].new_from_index(0, len(rows)).alias(f"{own_name}:{name}") for name in reads[own_name]]
            rows = rows.filter(pl.DataFrame([*near, *own]).select(gate.holds.alias("holds")).to_series())
        return rows.alias("row").to_frame()

    def claims(self, rule: BoundRule, candidates: pl.Series) -> pl.DataFrame:
        """Pairs of these candidates with records of the explained one's side that could claim them by a searched key.

        Returns:
            Columns candidate, row, steps, passes: pairs that pass the gates, and those of the very same key. The explained
            record is not among them.
        """
        search = rule.search
        if search is None:
            return pl.DataFrame(schema={"candidate": pl.UInt32(), **_PAIRED, "passes": pl.Boolean()})
        names = key_names(rule)
        few = self.bench.keys(rule, self.other, candidates.cast(pl.UInt32)).rename({"row": "candidate"})
        many = self.bench.keys(rule, self.side).filter(pl.col("row") != self.position)
        for name in names[:-1]:
            many = many.filter(pl.col(name).is_in(few[name].implode()))
        few_keys = few.select(pl.col(names[-1]).alias("key"), _NO_BLOCK).unique()
        many = many.filter(search.sieve(few_keys)(many.select(pl.col(names[-1]).alias("key"), _NO_BLOCK)))
        many_keys = many.select(pl.col(names[-1]).alias("key"), _NO_BLOCK).unique()
        sides = (many_keys, few_keys) if self.is_left else (few_keys, many_keys)
        found = search.find(*sides, limit=self.bench.plan.max_candidates)
        found = found.select(
            steps="steps",
            **{one: keys["key"].gather(found[one]) for one, keys in zip(("left", "right"), sides, strict=True)},
        )
        own, other = self.side.name, self.other.name
        pairs = (
            found.join(many, left_on=own, right_on=names[-1])
            .join(few, left_on=other, right_on=[names[-1]], suffix="_few")
            .filter(pl.lit(value=True), *(pl.col(name) == pl.col(f"{name}_few") for name in names[:-1]))
        )
        ends = {own: pairs["row"], other: pairs["candidate"]}
        judged = self.bench.judged(pl.DataFrame({"left": ends["left"], "right": ends["right"]}), rule)
        claims = pairs.select("candidate", "row", "steps").with_columns(judged["passes"])
        return claims.filter(claims["passes"] | (claims["steps"] == 0) | (pairs[own] == pairs[other]))

    def _with_equal(self, rule: BoundRule, key: tuple[object, ...], equal: list[str]) -> pl.DataFrame:
        """Keys of the other side that are the same in these columns."""
        values = dict(zip(key_names(rule), key, strict=True))
        keys = self.bench.keys(rule, self.other)
        for name in equal:
            keys = keys.filter(pl.col(name) == pl.lit(values[name], dtype=keys.schema[name]))
        return keys

    def _near_texts(self, rule: BoundRule, keys: pl.DataFrame, name: str, own: str) -> pl.DataFrame:
        """Rows of a text within a few edits of the record's: row, steps. Looked for once where it is the whole key."""
        form = rule.parts[key_names(rule).index(name)].normal[1 if self.is_left else 0].name
        known = (form, own)
        if known in self._near and len(rule.parts) == 1:
            return self._near[known]
        texts = keys.select("row", pl.col(name).alias("key"), _NO_BLOCK)
        few = pl.DataFrame({"key": [own]}, schema={"key": pl.String}).with_columns(_NO_BLOCK)
        texts = texts.filter(sharing_a_piece(few, edits=NEAR_EDITS)(texts))
        edits = edits_between([own] * texts.height, texts["key"].to_list(), edits=NEAR_EDITS)
        near = texts.select("row", steps=pl.Series(edits, dtype=pl.Int64)).drop_nulls("steps")
        if len(rule.parts) == 1:
            self._near[known] = near
        return near


def _named(rule: BoundRule) -> list[tuple[KeyPart, str]]:
    return list(zip(rule.parts, key_names(rule), strict=True))


def _steps(search: Search, own: list[str], others: list[str], *, is_left: bool) -> list[int | None]:
    return search.steps(own, others) if is_left else search.steps(others, own)
