"""Figures: what metrics come to, told apart by dimensions, with the rows that they are made of."""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from tieout.errors import ReportError
from tieout.money.columns import divide_half_up_expr
from tieout.reports.metrics.dimensions import DIMENSIONS, PERIOD
from tieout.reports.metrics.facts import FactKind, Facts, Missing, fact_kinds
from tieout.reports.metrics.metric import How, Measure, Metric, Unit
from tieout.reports.rows_behind import Behind
from tieout.reports.spans import GRAINS, Span, grain_expr

__all__ = ["Figures", "dimensions_of", "figures", "missing_of", "summed"]

Wanted = Mapping[str, object]
_UNIT = 10**8  # decimals have eight places
_DAY = 86_400
_GRAMS = 1000
_EXACT = pl.Decimal(38, 8)
_ONE = pl.Int8  # a row counts once: reports keep millions of them; sums are Int64


@attrs.frozen(kw_only=True, eq=False)
class Figures:
    """What metrics come to.

    Attributes:
        metrics: What was asked for, in order.
        by: Dimensions that the figures are told apart by.
        frame: One row for each group and, where amounts are in it, each currency, sorted by them: the dimensions, `currency`,
            and for each metric its value under `Metric.column`, and what it was divided of: `<name>_of` and `<name>_per`.
        behind: The rows of `details`, in the frames that they come from; None unless asked for.
        missing: Why metrics are null although nothing was divided by zero, by name.
        left_out: What metrics do without, by name: the reasons.
    """

    metrics: tuple[Metric, ...]
    by: tuple[str, ...]
    frame: pl.DataFrame = attrs.field(repr=False)
    behind: Behind | None = attrs.field(repr=False)
    missing: Mapping[str, Missing]
    left_out: Mapping[str, tuple[Missing, ...]]

    @property
    def details(self) -> pl.DataFrame | None:
        """The rows that `_of` and `_per` are the sums of; None unless asked for.

        Each has the fact frame that it is of, its numbers and where it stands.
        """
        return None if self.behind is None else self.behind.whole

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that tell the rows apart."""
        return (*self.by, *(("currency",) if "currency" in self.frame.columns else ()))

    @property
    def sums(self) -> tuple[str, ...]:
        """Columns of the frame that are the sums of the same columns of the details."""
        held = set() if self.behind is None else {name for part in self.behind.parts for name in part.columns}
        names = [f"{one.name}_{part}" for one in self.metrics if not one.is_rank for part in ("of", "per")]
        return tuple(name for name in names if name in self.frame.columns and name in held)


def dimensions_of(metric: Metric, kinds: Mapping[str, FactKind] | None = None) -> tuple[str, ...]:
    """The dimensions that a metric can be told apart by, in the order of `DIMENSIONS`.

    Args:
        metric: The metric.
        kinds: Fact frames by name; those of this package unless given.
    """
    known = fact_kinds() if kinds is None else kinds
    sets = []
    for one in metric.measures:
        kind = known[one.fact]
        names = {PERIOD, *kind.dimensions}
        if kind.finer is not None and _counts(one):
            names |= set(known[kind.finer[0]].dimensions)
        sets.append(names)
    return tuple(name for name in DIMENSIONS if all(name in one for one in sets))


def _counts(measure: Measure) -> bool:
    return measure.how in {How.COUNT, How.DISTINCT}


def figures(
    metrics: Sequence[Metric],
    facts: Facts,
    *,
    by: Sequence[str] = (),
    where: Wanted | None = None,
    grain: str = "month",
    within: Span | None = None,
    details: bool = False,
) -> Figures:
    """What metrics come to.

    Rows count that are of the period; a row without a day is of any period. What stands at the end (`Measure.standing`) counts
    whatever its day.

    Args:
        metrics: What is asked for.
        facts: What it is made of.
        by: Dimensions.
        where: Value, or values, that a dimension must have; None means that nothing is known of it.
        grain: How long a `period` is: `day`, `week`, `month`, `quarter` or `year`.
        within: Days that count; those of the report's period unless given.
        details: Whether the rows are wanted too.

    Raises:
        ReportError: A metric cannot be told apart by a dimension, or there is no such dimension or grain.
    """
    wanted = dict(where or {})
    _check(metrics, facts, (*by, *wanted), grain)
    asked = _Asked(facts=facts, by=tuple(by), where=wanted, grain=grain, span=within or facts.span)
    missing, left_out, parts = {}, {}, []
    for metric in metrics:
        lacks = [one for one in metric.measures if isinstance(facts.get(one.fact), Missing)]
        needed = [one for one in lacks if not one.optional]
        if needed:
            missing[metric.name] = _reason(facts, needed[0])
            continue
        if lacks:
            left_out[metric.name] = tuple(dict.fromkeys(_reason(facts, one) for one in lacks))
        parts += [
            _Part(f"{metric.name}_{place}", one, metric.is_money)
            for place, of in (("of", metric.of), ("per", metric.per))
            for one in of
            if one not in lacks
        ]
    has_money = any(metric.is_money for metric in metrics)
    frames = [asked.rows(group, has_money=has_money, details=details) for group in _grouped(parts, asked)]
    added = _added(asked, frames, parts, has_money=has_money)
    values = [value for metric in metrics for value in _values(metric, set(added.columns))]
    shown = added.with_columns(values) if added.columns else pl.select(values)
    return Figures(
        metrics=tuple(metrics),
        by=asked.by,
        frame=shown.sort(*asked.key(has_money=has_money), nulls_last=True) if asked.key(has_money=has_money) else shown,
        behind=_behind(asked, frames, has_money=has_money) if details else None,
        missing=missing,
        left_out=left_out,
    )


def missing_of(metrics: Sequence[Metric], facts: Facts) -> Mapping[str, Missing]:
    """Why metrics cannot be made of the data at all, by name."""
    found = {}
    for metric in metrics:
        lacks = [one for one in metric.measures if not one.optional and isinstance(facts.get(one.fact), Missing)]
        if lacks:
            found[metric.name] = _reason(facts, lacks[0])
    return found


def summed(made: Figures) -> pl.DataFrame | None:
    """The figures of all groups together; None where they do not follow from those of the groups.

    A row may be in several groups where a dimension is finer than it, and what is different, or in the middle, of all is not that
    of the groups.
    """
    kinds = fact_kinds()
    measures = [one for metric in made.metrics for one in metric.measures]
    plain = all(
        one.how in {How.SUM, How.COUNT}
        and one.fact in kinds
        and all(name == PERIOD or name in kinds[one.fact].dimensions for name in made.by)
        for one in measures
    )
    if not plain or not made.frame.height:
        return None
    over = [name for name in made.key if name not in made.by]
    names = [name for metric in made.metrics for name in (f"{metric.name}_of", f"{metric.name}_per")]
    parts = [
        (
            pl.lit(None, dtype=made.frame.schema[name])
            if name.rpartition("_")[0] in made.missing
            else pl.col(name).sum()
        ).alias(name)
        for name in names
        if name in made.frame.columns
    ]
    added = made.frame.group_by(over).agg(parts).sort(over) if over else made.frame.select(parts)
    has = {name for name in added.columns if name.rpartition("_")[0] not in made.missing}
    return added.with_columns(value for metric in made.metrics for value in _values(metric, has))


def _check(metrics: Sequence[Metric], facts: Facts, names: Sequence[str], grain: str) -> None:
    if grain not in GRAINS:
        raise ReportError(f"one of {', '.join(GRAINS)} is needed, got {grain!r}", where="grain")
    if len({one.name for one in metrics}) < len(metrics):
        raise ReportError("a metric is asked for twice", where="metrics")
    for name in names:
        if name not in DIMENSIONS:
            raise ReportError(f"there is no dimension {name!r}; known: {', '.join(DIMENSIONS)}", where="dimensions")
        for metric in metrics:
            has = dimensions_of(metric, facts.kinds)
            if name not in has:
                raise ReportError(
                    f"it cannot be told apart by {name}; it can by {', '.join(has)}", where=f"metric {metric.name}"
                )


def _reason(facts: Facts, measure: Measure) -> Missing:
    made = facts.get(measure.fact)
    return made if isinstance(made, Missing) else Missing("", "")


@attrs.frozen
class _Part:
    """A measure and the column that it adds to."""

    column: str
    measure: Measure
    of_money: bool


def _grouped(parts: Sequence[_Part], asked: "_Asked") -> list[list[_Part]]:
    """Parts that are made of the same rows: of one fact frame, with the same days, with or without currency."""
    found: dict[tuple[str, str, bool, bool], list[_Part]] = {}
    for part in parts:
        one = part.measure
        moment = one.on or asked.facts.kind(one.fact).moments[0]
        found.setdefault((one.fact, moment, one.standing, part.of_money), []).append(part)
    return list(found.values())


@attrs.frozen(kw_only=True, eq=False)
class _Asked:
    """What figures are asked for."""

    facts: Facts
    by: tuple[str, ...]
    where: Wanted
    grain: str
    span: Span

    def key(self, *, has_money: bool) -> list[str]:
        return [*self.by, *(["currency"] if has_money else [])]

    def rows(self, group: Sequence[_Part], *, has_money: bool, details: bool) -> pl.DataFrame:
        """The rows of some parts with what each adds to the columns; with details where they stand, and only those that add."""
        first = group[0].measure
        kind = self.facts.kind(first.fact)
        moment = first.on or kind.moments[0]
        base = self._chosen(kind, moment, standing=first.standing)
        keys = [self._dimension(name, moment) for name in self.by]
        if has_money:
            own = group[0].of_money and "currency" in base.columns
            code = pl.lit(self.facts.data.currency)
            keys.append((pl.col("currency").fill_null(code) if own else code).alias("currency"))
        base = base.with_columns(keys)
        columns: dict[str, list[pl.Expr]] = {}
        firsts: dict[tuple[str, int], pl.Expr] = {}
        for part in group:
            columns.setdefault(part.column, []).append(self._added(base, part.measure, firsts, has_money=has_money))
        told = [
            (exprs[0] if len(exprs) == 1 else pl.sum_horizontal(exprs)).alias(name) for name, exprs in columns.items()
        ]
        key = self.key(has_money=has_money)
        base = base.with_columns(told)  # selecting what is the same in every row alone would leave one row of it
        if not details:
            return base.select(*key, *columns)
        place = [name for name in ("source_file", "source_line") if name in base.columns]
        ids = [name for name in kind.ids if name not in self.by]
        shown = base.with_columns(pl.lit(kind.name, dtype=self.facts.names).alias("fact")).select(
            "fact", *key, *ids, *columns, *place
        )
        used = base.with_columns(pl.any_horizontal(_counted(part.measure) for part in group).alias("#used"))["#used"]
        return shown if used.all() else shown.filter(used)  # a frame that is used whole is shared

    def _chosen(self, kind: FactKind, moment: str, *, standing: bool) -> pl.DataFrame:
        """The rows of the period and of the dimensions' values that are wanted."""
        frame = self.facts.within(kind.name, None if standing else (moment, self.span))
        names = [name for name in (*self.by, *self.where) if name != PERIOD]
        strange = [name for name in dict.fromkeys(names) if name not in kind.dimensions]
        if strange and kind.finer is not None:
            finer, link = kind.finer
            other = self.facts.get(finer)
            if isinstance(other, pl.DataFrame):
                others = other.select(link, *strange).unique(maintain_order=True)
                frame = frame.join(others, on=link, how="left", maintain_order="left_right")
        wanted = [self._is_wanted(name, value, moment) for name, value in self.where.items()]
        return frame.filter(*wanted) if wanted else frame

    def _dimension(self, name: str, moment: str) -> pl.Expr:
        return grain_expr(pl.col(moment), self.grain).alias(PERIOD) if name == PERIOD else pl.col(name)

    def _is_wanted(self, name: str, value: object, moment: str) -> pl.Expr:
        column = self._dimension(name, moment)
        values = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
        known = [one for one in values if one is not None]
        is_in = column.is_in(known).fill_null(value=False)
        return is_in | column.is_null() if None in values else is_in

    def _added(
        self, base: pl.DataFrame, measure: Measure, firsts: dict[tuple[str, int], pl.Expr], *, has_money: bool
    ) -> pl.Expr:
        """What each row adds to a measure; null where it is not in it. `firsts` keeps what measures of these rows share."""
        counts = _counted(measure)
        if measure.how is How.DISTINCT:
            name = (measure.column, id(measure.where))
            if name not in firsts:
                firsts[name] = self._is_first(base, measure, has_money=has_money)
            return pl.when(firsts[name]).then(pl.lit(measure.sign, dtype=_ONE))
        if measure.how is How.COUNT:
            return pl.when(counts).then(pl.lit(measure.sign, dtype=_ONE))
        dtype = base.schema[measure.column]
        value = pl.col(measure.column).cast(_EXACT if dtype.is_decimal() else pl.Int64)
        return pl.when(counts).then(-value if measure.sign < 0 else value)

    def _is_first(self, base: pl.DataFrame, measure: Measure, *, has_money: bool) -> pl.Expr:
        """Whether a row is the first of its group with its value."""
        subset = list(dict.fromkeys([*self.key(has_money=has_money), measure.column]))
        chosen = base.select(*subset, _counted(measure).alias("#counts")).with_row_index("#row")
        is_one = pl.col("#counts") & pl.col(measure.column).is_not_null()
        found = chosen.filter(is_one).unique(subset, keep="first")["#row"]
        return pl.lit(pl.zeros(base.height, dtype=pl.Int8, eager=True).scatter(found, 1) == 1)


def _counted(measure: Measure) -> pl.Expr:
    """Which rows count for a measure."""
    return pl.lit(value=True) if measure.where is None else measure.where.fill_null(value=False)


def _added(asked: _Asked, frames: Sequence[pl.DataFrame], parts: Sequence[_Part], *, has_money: bool) -> pl.DataFrame:
    """One row a group: the sums of all parts, 0 where a group has no rows for one."""
    key = asked.key(has_money=has_money)
    how = {part.column: part.measure.how for part in parts}
    found = {column: frame.schema[column] for frame in frames for column in how if column in frame.columns}
    known = {column: pl.Int64() if dtype.is_integer() else dtype for column, dtype in found.items()}
    grouped = [
        frame.group_by(key).agg(_one(column, how[column]) for column in how if column in frame.columns)
        if key
        else frame.select(_one(column, how[column]) for column in how if column in frame.columns)
        for frame in frames
    ]
    schema = {**dict.fromkeys(key, pl.String()), **known}
    every = pl.concat([pl.DataFrame(schema=schema), *grouped], how="diagonal_relaxed")
    sums = [_joined(column, how[column]) for column in known]
    table = every.group_by(key).agg(sums) if key else every.select(sums) if sums else pl.DataFrame()
    if not table.height and not asked.by:
        nothing = dict.fromkeys(key, asked.facts.data.currency)
        zeros = {name: None if how[name] in {How.MEDIAN, How.P90} else 0 for name in known}
        table = pl.DataFrame({name: [value] for name, value in {**nothing, **zeros}.items()}, schema=schema)
    return table.with_columns(pl.col(column).cast(dtype) for column, dtype in known.items())


def _one(column: str, how: How) -> pl.Expr:
    value = pl.col(column)
    if how is How.MEDIAN:
        return value.median().alias(column)
    if how is How.P90:
        held = value.drop_nulls().sort()
        nth = (held.len().cast(pl.Int64) * 9 + 9) // 10 - 1
        return held.get(nth, null_on_oob=True).alias(column)
    return value.sum().alias(column)


def _joined(column: str, how: How) -> pl.Expr:
    if how in {How.MEDIAN, How.P90}:
        return pl.col(column).drop_nulls().first().alias(column)
    return pl.col(column).sum().alias(column)


def _behind(asked: _Asked, frames: Sequence[pl.DataFrame], *, has_money: bool) -> Behind:
    if not frames:
        key = asked.key(has_money=has_money)
        return Behind([pl.DataFrame(schema={"fact": asked.facts.names, **dict.fromkeys(key, pl.String)})])
    return Behind(frames)


def _values(metric: Metric, has: set[str]) -> list[pl.Expr]:
    """The value of a metric, and its parts where there are none."""
    of, per = f"{metric.name}_of", f"{metric.name}_per"
    lacking = [
        pl.lit(None, dtype=pl.Int64).alias(name) for name in (of, *((per,) if metric.per else ())) if name not in has
    ]
    if of not in has or (metric.per and per not in has):
        dtype = pl.Int64 if metric.unit in {Unit.MONEY, Unit.COUNT} else pl.Float64
        return [*lacking, pl.lit(None, dtype=dtype).alias(metric.column)]
    return [*lacking, _value(metric, pl.col(of), pl.col(per)).alias(metric.column)]


def _value(metric: Metric, of: pl.Expr, per: pl.Expr) -> pl.Expr:
    if not metric.per:
        return _plain(metric, of)
    below = pl.when(per > 0).then(per)
    if metric.unit is Unit.MONEY:
        return divide_half_up_expr(_parts(of) * metric.scale, _parts(below))
    quotient = of.cast(pl.Float64) * metric.scale / below.cast(pl.Float64)
    if metric.unit is Unit.KG:
        quotient = quotient / _GRAMS
    return quotient if metric.less_from is None else metric.less_from - quotient


def _plain(metric: Metric, of: pl.Expr) -> pl.Expr:
    if metric.unit in {Unit.MONEY, Unit.COUNT}:
        return of.cast(pl.Int64)
    value = of.cast(pl.Float64)
    if metric.unit is Unit.DAYS:
        return value / _DAY
    return value / _GRAMS if metric.unit is Unit.KG else value


def _parts(value: pl.Expr) -> pl.Expr:
    """Whole parts of 10^-8 of an Int64 or a decimal."""
    return (value.cast(_EXACT)).to_physical().cast(pl.Int128)
