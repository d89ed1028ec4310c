"""Snapshot: everything that reading a file gave, as JSON can hold it."""

from typing import Any

import polars as pl

from tieout.sources import Batch

__all__ = ["rows_of", "snapshot"]

_OF_EVERY_ROW = ("source_format", "source_sha256", "source_file")


def snapshot(batch: Batch) -> dict[str, Any]:
    r"""Everything that reading gave; columns without any value, and what is the same on every row, left out.

    Args:
        batch: What `tieout.read` gave.

    Returns:
        Format, records, other tables, rejects, checks, findings, rows set apart, notes, and what was told of the file.

    Example:
        >>> import tieout
        >>> bill = "运单号,金额\nSF1012345678901,12.50\n".encode()
        >>> batch = tieout.read(bill, format="generic_table", record="CourierCharge", currency="CNY",
        ...                     columns={"tracking_no": "运单号", "amount": "金额"}, constants={"charge_type": "all_in"})
        >>> snapshot(batch)["control"]
        ['file: lines: 2 = 1 header + 1 records: ties out']
    """
    return {
        "format": batch.format,
        "records": {batch.records.record.__name__: rows_of(batch.records.to_polars())},
        "others": {name: rows_of(table.to_polars()) for name, table in batch.others.items()},
        "rejects": [{"text": str(reject), "reason": reject.reason, "raw": reject.raw} for reject in batch.rejects],
        "control": [str(check) for check in batch.control.checks],
        "findings": [finding.text for finding in batch.control.findings],
        "set_apart": [f"{row.line}-{row.line_end} {row.kind}: {row.text}" for row in batch.control.set_apart],
        "notes": [str(note) for note in batch.notes],
        "source": {
            "encoding": batch.source.encoding,
            "delimiter": batch.source.delimiter,
            "sheets": list(batch.source.sheets),
            "header_line": batch.source.header_line,
            "line_count": batch.source.line_count,
        },
    }


def rows_of(frame: pl.DataFrame, *, without: tuple[str, ...] = _OF_EVERY_ROW) -> list[dict[str, Any]]:
    """The rows of a frame as JSON can hold them; columns without any value left out.

    Args:
        frame: The frame.
        without: Columns that are left out; those that are the same on every row, if not given.
    """
    filled = [column.name for column in frame if column.null_count() < len(column) and column.name not in without]
    return [{name: _plain(value) for name, value in row.items()} for row in frame.select(filled).iter_rows(named=True)]


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item not in (None, [])}
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
