"""A table of bits that tells which hashes were seen: one that was is always known, one that was not seldom is."""

from collections.abc import Iterable

import polars as pl

__all__ = ["are_known", "known_forms", "marked", "table_bits"]

_LEAST, _MOST = 24, 29  # 2 MB to 64 MB


def table_bits(hashes: int) -> int:
    """Bits of a place in a table of about so many places."""
    return min(max(hashes.bit_length(), _LEAST), _MOST)


def marked(hashes: Iterable[pl.Series], bits: int) -> pl.Series:
    """A table of 2**bits places, in which those of these hashes (UInt64) are set."""
    table = pl.Series([False]).new_from_index(0, 2**bits)
    for some in hashes:
        table = table.scatter(_places(some, bits), values=True)
    return table


def are_known(hashes: pl.Series, table: pl.Series) -> pl.Series:
    """Whether the place of each hash is set."""
    return table.gather(_places(hashes, table.len().bit_length() - 1))


def known_forms(written: Iterable[tuple[pl.Series, pl.Series]], table: pl.Series) -> pl.DataFrame:
    """Those forms whose place is set in the table: columns id and form.

    Args:
        written: Ids (UInt32) of some keys with forms of theirs (UInt64); each form stands where its key's id stands, counted
            round and round.
        table: What `marked` gave.
    """
    parts = [pl.DataFrame(schema={"id": pl.UInt32, "form": pl.UInt64})]
    for ids, forms in written:
        at = are_known(forms, table).arg_true()
        parts.append(pl.DataFrame({"id": ids.gather(at % ids.len()), "form": forms.gather(at)}))
    return pl.concat(parts)


def _places(hashes: pl.Series, bits: int) -> pl.Series:
    places: pl.Series = hashes // 2 ** (64 - bits)
    return places.cast(pl.UInt32)
