"""Payers: whose money a bank transaction may be, by the name of the other side, and what kind of line it is."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import polars as pl

from tieout.errors import InputError
from tieout.model.currency import exponent

__all__ = ["ORDINARY", "aliases_of", "default_aliases", "with_payers"]

ORDINARY = "ordinary"
_KINDS = {
    "interest": r"结息|利息|\bINTEREST\b",
    "own transfer": r"同名|内部转账|账户互转|资金归集|\bOWN ACCOUNTS?\b|\bINTERNAL TRANSFER\b|\bSWEEP\b",
    "bank charge": r"手续费|汇款费|工本费|管理费|\b(?:CHARGES?|CHGS?|FEES?|COMMISSION)\b",
    "return": r"退汇|退回|退票|冲正|\bRETURN(?:ED)?\b|\bREVERS(?:AL|ED)\b|\bREJECT(?:ED)?\b|\bBOUNCED\b",
}
"""Words of a bank for lines that are no payout; the first that is found counts."""
_CHARGE = r"(?i)(?:手续费|国外扣费|扣费|/?\bCHGS?\b|\bCHARGES?\b|\bBANK FEE\b)[:：/\s]*"
_NUMBER = r"([A-Z]{3})?\s*([0-9][0-9.,]*)"


@cache
def default_aliases() -> Mapping[str, tuple[str, ...]]:
    """The names by platform of the table `payers.toml`."""
    text = (resources.files("tieout.reconciliations") / "_receipts" / "payers.toml").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for payer in tomllib.loads(text)["payers"]:
        for platform in payer["platforms"]:
            found[platform] = (*found.get(platform, ()), *payer["names"])
    return dict(sorted(found.items()))


def aliases_of(given: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    """The names by platform: those of the table, and for the platforms that a caller names the caller's instead.

    Raises:
        InputError: A name is blank, or a text stands where a list of names is needed.
    """
    own: dict[str, tuple[str, ...]] = {}
    for platform, names in given.items():
        if isinstance(names, str) or not isinstance(names, Sequence):
            raise InputError(f"a list of names is needed for {platform!r}, got {names!r}", where="aliases")
        if blank := [name for name in names if not isinstance(name, str) or not _folded(name)]:
            raise InputError(f"{blank[0]!r} is no name of {platform!r}", where="aliases")
        own[platform] = tuple(names)
    return {**default_aliases(), **own}


def with_payers(lines: pl.DataFrame, aliases: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Bank lines with `payers` (platforms whose money they may be, sorted), `kind`, and `stated_charge_minor`.

    The name of the other side says it; where the bank gives none, its text does.

    Args:
        lines: Rows of BankTransaction.
        aliases: Names by platform.
    """
    text = pl.coalesce("counterparty", "memo").fill_null("")
    known = _platforms(lines.select(text.alias("said")).to_series().unique().sort(), aliases)
    said = pl.concat_str(
        [pl.col("counterparty").fill_null(""), pl.col("memo").fill_null("")], separator=" "
    ).str.to_uppercase()
    kind = pl.lit(ORDINARY)
    for name, words in reversed(_KINDS.items()):
        kind = pl.when(said.str.contains(words)).then(pl.lit(name)).otherwise(kind)
    return (
        lines.with_columns(text.alias("said"), kind.alias("kind"))
        .join(known, on="said", how="left", maintain_order="left")
        .with_columns(pl.col("payers").fill_null(pl.lit([], dtype=pl.List(pl.String))), _stated_charge(lines))
        .drop("said")
    )


def _platforms(texts: pl.Series, aliases: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """For each text the platforms of whose names it has one."""
    words = _folded_expr(pl.col("said"))
    frame = pl.DataFrame({"said": texts}).with_columns(
        words.alias("words"), words.str.replace_all(" ", "").alias("run")
    )
    hits = [
        pl.when(pl.any_horizontal(_holds(name) for name in names)).then(pl.lit(platform)).alias(platform)
        for platform, names in sorted(aliases.items())
        if names
    ]
    found = frame.with_columns(pl.concat_list(hits).list.drop_nulls().alias("payers")) if hits else frame
    return (
        found.select("said", "payers")
        if hits
        else frame.select("said", pl.lit([], dtype=pl.List(pl.String)).alias("payers"))
    )


def _holds(name: str) -> pl.Expr:
    """Whether a folded text has a name: Latin words whole, Chinese anywhere."""
    words = _folded(name)
    if words.isascii():
        return pl.col("words").str.contains(f" {words} ", literal=True)
    return pl.col("run").str.contains(words.replace(" ", ""), literal=True)


@cache
def _folded(name: str) -> str:
    folded: str = pl.select(_folded_expr(pl.lit(name))).item()
    return folded.strip()


def _folded_expr(text: pl.Expr) -> pl.Expr:
    words = text.str.normalize("NFKC").str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return pl.concat_str([pl.lit(" "), words, pl.lit(" ")])


def _stated_charge(lines: pl.DataFrame) -> pl.Expr:
    """What the bank's text says that it kept, in the line's own currency; null where it says nothing or another currency's."""
    memo = pl.col("memo").str.normalize("NFKC").str.to_uppercase()
    code, number = memo.str.extract(_CHARGE + _NUMBER, 1), memo.str.extract(_CHARGE + _NUMBER, 2)
    number = number.str.strip_chars_end(".,")
    charge = pl.lit(None, dtype=pl.Int64)
    for currency in lines["currency"].drop_nulls().unique().sort().to_list():
        charge = pl.when(pl.col("currency") == currency).then(_minor(number, exponent(currency))).otherwise(charge)
    own = code.is_null() | (code == pl.col("currency"))
    return pl.when(own & (charge > 0) & (charge < pl.col("amount_minor"))).then(charge).alias("stated_charge_minor")


def _minor(number: pl.Expr, decimals: int) -> pl.Expr:
    """Minor units of a number as banks write it, `1,500.00` or `15,00`: the last part is decimals where it is short enough."""
    tail = rf"[.,]([0-9]{{1,{decimals}}})$" if decimals else "(?:)($)"
    part = number.str.extract(tail, 1).fill_null("")
    whole = number.str.replace(tail, "") if decimals else number
    digits = pl.concat_str([whole.str.replace_all("[.,]", ""), part.str.pad_end(decimals, "0")])
    return digits.cast(pl.Int64, strict=False)
