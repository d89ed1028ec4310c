"""Files of claims: what goes to the other side, and which of its credits pay which line."""

import json

import polars as pl
from sqlalchemy import Connection, select

from tieout.casebook.canonical import canonical
from tieout.casebook.case_tables import claim_now
from tieout.casebook.given import of_kind
from tieout.casebook.schema import case_now
from tieout.casebook.workflow import CaseState
from tieout.errors import CasebookError, InputError
from tieout.outcome import amount_text_expr

__all__ = ["claim_lines", "fitting", "outstanding"]

_INTERNAL = frozenset({"rule", "parcel_source"})
"""Evidence that is nobody's business but ours: where our own record of the parcel stands."""
_KEY = ("party", "tracking_no", "currency", "amount_minor")
_TEXTS = ("claim_id", "party", "tracking_no", "bill_no", "currency", "type", "reason", "evidence", "case_id")
_FIGURES = ("billed", "expected", "claimed")


def claim_lines(connection: Connection, claim_id: str) -> pl.DataFrame:
    """Lines of a claim as the other side gets them, the largest first.

    Raises:
        CasebookError: There is no such claim.
    """
    columns = claim_now.c
    of_kind(claim_id, str, "the id of one claim", where="claim_id")
    query = (
        select(claim_now, case_now.c.evidence)
        .join(case_now, case_now.c.case_id == columns.case_id)
        .where(columns.claim_id == claim_id)
        .order_by(columns.claimed_minor.desc(), columns.case_id)
    )
    rows = [{**row, "evidence": _shown(row["evidence"])} for row in connection.execute(query).mappings()]
    if not rows:
        raise CasebookError("there is no such claim", where=f"claim {claim_id}")
    figures = [f"{name}_minor" for name in _FIGURES]
    schema = {**dict.fromkeys(_TEXTS, pl.String), **dict.fromkeys(figures, pl.Int64)}
    frame = pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)
    codes = frame["currency"].unique().sort().to_list()
    amounts = [amount_text_expr(pl.col(f"{name}_minor"), pl.col("currency"), codes).alias(name) for name in _FIGURES]
    return frame.select(*_TEXTS[:4], *amounts, *_TEXTS[4:])


def _shown(evidence: str) -> str:
    return canonical({name: value for name, value in json.loads(evidence).items() if name not in _INTERNAL})


def outstanding(connection: Connection) -> pl.DataFrame:
    """Lines that were accepted and are not credited yet, with what is outstanding, of cases that still wait for it."""
    columns = claim_now.c
    query = select(
        *(columns.party, columns.tracking_no, columns.currency, columns.case_id, columns.claim_id),
        (columns.accepted_minor - columns.credited_minor).label("amount_minor"),
    )
    query = query.join(
        case_now, (case_now.c.case_id == columns.case_id) & (case_now.c.claim_id == columns.claim_id)
    ).where(columns.state == "accepted", columns.tracking_no.is_not(None), case_now.c.state == CaseState.CLAIM_ACCEPTED)
    schema = {**dict.fromkeys(("party", "tracking_no", "currency", "case_id", "claim_id"), pl.String)}
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return pl.DataFrame(rows, schema={**schema, "amount_minor": pl.Int64})


def fitting(credit: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Credits with the line that each pays, where exactly one credit and one line have the same key.

    Raises:
        InputError: A column is missing, or of another type.
    """
    of_kind(credit, pl.DataFrame, "a Polars frame", where="credits")
    missing = [name for name in (*_KEY, "reference") if name not in credit.columns]
    if missing:
        raise InputError(f"columns {', '.join(missing)} are missing", where="credits")
    wrong = [name for name in _KEY if not _fits(credit.schema[name], lines.schema[name])]
    if wrong:
        kinds = ", ".join(f"{name} is {credit.schema[name]}, not {lines.schema[name]}" for name in wrong)
        raise InputError(f"columns are of another type: {kinds}", where="credits")
    credit = credit.cast({name: lines.schema[name] for name in _KEY})
    is_alone = pl.len().over(_KEY) == 1
    numbered = credit.with_row_index("credit")
    pairs = numbered.filter(is_alone).select("credit", *_KEY).join(lines.filter(is_alone), on=_KEY, how="inner")
    return numbered.join(
        pairs.select("credit", "case_id", "claim_id"), on="credit", how="left", maintain_order="left"
    ).drop("credit")


def _fits(given: pl.DataType, wanted: pl.DataType) -> bool:
    """Whether a column can be held to one of ours: empty ones can, whole numbers of any width can, and no fractions."""
    return given in {wanted, pl.Null()} or (wanted.is_integer() and given.is_integer())
