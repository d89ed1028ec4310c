"""Partitions: files of any size straight to folders of Parquet, with their rejects and the proof that nothing was lost."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs

from tieout._notebook import items, table, view
from tieout.errors import InputError
from tieout.proof import Check, Proof
from tieout.sources._batch import Batch, Control, SourceFile
from tieout.sources._batches import read_batches
from tieout.sources._content import Opened
from tieout.sources._faults import Note
from tieout.sources._folder import RepeatedFile, files_in
from tieout.sources._rejects import Rejects
from tieout.tables._folder import new_folder, unwritable
from tieout.tables._footer import name_of
from tieout.tables._parquet import ROWS_PER_FILE, FrameParts, path_of, record_parts

__all__ = ["Partitions", "WrittenFile", "to_parquet"]

_REJECTS = "rejects"
_CONTROL = "_control.json"


def _frozen(counts: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType(dict(counts))


@attrs.frozen(kw_only=True)
class WrittenFile:
    """A file that was read, and what became of it.

    Attributes:
        format: Name of its format.
        source: The file.
        records: How many records of each class it gave.
        rejects: How many of its lines could not be read.
        control: What must tie out about it: all its lines, and every total that it declares.
        notes: What a person should know.
    """

    format: str
    source: SourceFile
    records: Mapping[str, int] = attrs.field(converter=_frozen)
    rejects: int
    control: Control
    notes: tuple[Note, ...] = ()

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.source.file or "input"

    def __str__(self) -> str:
        counted = ", ".join(f"{count:,} {name}" for name, count in self.records.items())
        verdict = "totals tie out" if self.control.holds else "TOTALS DO NOT TIE OUT"
        return f"{self.name}: {self.format}, {counted}, {self.rejects:,} rejects, {verdict}"


@attrs.frozen(kw_only=True, repr=False)
class Partitions:
    """What writing files to Parquet gives.

    Attributes:
        folder: Where they are: a folder for each record class, such as `CourierCharge`, `rejects` for the lines that could not be
            read, and `_control.json` with what `files` and `proof` say.
        files: One for each file that was read.
        repeated_files: Files with the same bytes as others; they are not read again.
        proof: That every record and every reject of every file is in the parts.
    """

    folder: Path
    files: tuple[WrittenFile, ...]
    repeated_files: tuple[RepeatedFile, ...]
    proof: Proof

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each record class there are."""
        return {check.side: check.total for check in self.proof.checks if check.side != _REJECTS}

    @property
    def tables(self) -> Mapping[str, Path]:
        """The folder of each record class, for `Table.read_parquet` or Spark."""
        return {name: self.folder / name for name in self.rows}

    @property
    def rejects(self) -> int:
        """How many lines could not be read; `folder / "rejects"` has them, as `Rejects.to_polars` gives them."""
        return sum(file.rejects for file in self.files)

    @property
    def holds(self) -> bool:
        """Whether all totals of all files tie out, and all rows are in the parts."""
        return self.proof.holds and all(file.control.holds for file in self.files)

    @property
    def _title(self) -> str:
        count = len(self.files)
        return f"{count:,} {'file' if count == 1 else 'files'} written to {self.folder.name}"

    def _lines(self) -> Iterable[str]:
        for file in self.files:
            yield str(file)
            yield from (f"  {check}" for check in file.control.failures)
            yield from (f"  {note}" for note in file.notes)
        yield from (f"{one.file} is the same file as {one.same_as}" for one in self.repeated_files)
        yield from map(str, self.proof.checks)

    def __repr__(self) -> str:
        return "\n".join([self._title, *(f"  {line}" for line in self._lines())])

    def _repr_html_(self) -> str:
        rows = [(name, f"{count:,}") for name, count in [*self.rows.items(), (_REJECTS, self.rejects)]]
        return view(self._title, table(("folder", "rows"), rows, figures={1}), items(self._lines()))


def to_parquet(
    source: Any,  # noqa: ANN401 - whatever people have
    folder: "str | os.PathLike[str]",
    format: str | None = None,  # noqa: A002 - as `read` names it
    *,
    rows_per_file: int = ROWS_PER_FILE,
    row: str | None = None,
    overwrite: bool = False,
    **options: Any,  # noqa: ANN401 - as for `read`
) -> Partitions:
    r"""Read files batch by batch and write their records to folders of Parquet parts, in memory that does not grow with them.

    `folder` will hold a folder for each record class, to be read by `Table.read_parquet` or by Spark; the lines that could not be
    read in `rejects`; and the totals that were checked in `_control.json`. It appears when all is written, or not at all.

    Files are read as `read_batches` reads them: every line of each is a record, a reject or set apart. A file with the very
    bytes of another is not read again. Records that two files both have stand twice: `read_folder` tells of those.

    Args:
        source: A source as `read_batches` takes it, a list of such, or a folder, which is searched with the folders in it.
        folder: The folder to write.
        format: Name of the format of all files; told from the content of each if left out.
        rows_per_file: Rows of each part but the last.
        row: Name of a column to add to the records, which numbers those of each class from 0.
        overwrite: Whether it may take the place of a folder that holds nothing but tables.
        **options: As for `read_batches`, for all files.

    Returns:
        What was written, and whether it ties out. Totals that do not are told, and written all the same.

    Raises:
        UnreadableFile: As for `read_batches`, as are `UnidentifiedFile`, `SummaryFile`, `AmbiguousFile`, `MissingColumn` and
            `HeaderNotFound`: one file that cannot be read, and nothing is written.
        InputError: There is no file, an option makes no sense, or the folder is there already or cannot be written.

    Example:
        >>> import tempfile
        >>> from tieout.tables import Table
        >>> bill = "运单号,金额\nSF1012345678901,12.50\nSF1012345678902,13.0O\n".encode()
        >>> mapping = {"tracking_no": "运单号", "amount": "金额"}
        >>> with tempfile.TemporaryDirectory() as name:
        ...     written = to_parquet(bill, f"{name}/bill", format="generic_table", record="CourierCharge", columns=mapping,
        ...                          currency="CNY", constants={"charge_type": "all_in"})
        ...     len(Table.read_parquet(written.tables["CourierCharge"])), written.rejects, written.holds
        (1, 1, True)
    """
    target = path_of(folder)
    with new_folder(target, overwrite=overwrite) as fresh:
        writing = _Writing(fresh=fresh, where=target.name, rows_per_file=rows_per_file, row=row)
        for one in _sources(source):
            writing.take(one, format, options)
        return writing.end(target)


def _sources(source: Any) -> Sequence[Any]:  # noqa: ANN401 - whatever people have
    """Each source; files of a folder are named from it on."""
    is_path = isinstance(source, (str, os.PathLike)) and "://" not in str(source)
    if is_path and (path := Path(os.fsdecode(source))).is_dir():
        found: Sequence[Any] = [Opened(name=file.relative_to(path).as_posix(), path=file) for file in files_in(path)]
    else:
        is_list = isinstance(source, Sequence) and not isinstance(source, (str, bytes, bytearray))
        found = source if is_list else [source]
    if not found:
        raise InputError("there is no file to read", where=str(source) if is_path else "")
    return found


@attrs.define
class _Writing:
    """Takes file after file."""

    fresh: Path
    where: str
    rows_per_file: int
    row: str | None
    parts: dict[str, FrameParts] = attrs.field(factory=dict)
    names: dict[str, str] = attrs.field(factory=dict)
    files: list[WrittenFile] = attrs.field(factory=list)
    repeated: list[RepeatedFile] = attrs.field(factory=list)
    rejected: FrameParts = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.rejected = FrameParts(
            self._made(_REJECTS),
            schema=Rejects().to_polars().schema,
            footer=lambda _: {},
            rows_per_file=self.rows_per_file,
            where=self.where,
        )

    def take(self, source: Any, name: str | None, options: Mapping[str, Any]) -> None:  # noqa: ANN401 - whatever people have
        """Read one and write its rows."""
        batches = read_batches(source, name, **options)
        stream = iter(batches)
        first = next(stream)  # there is one always
        if self._is_known(first.source):
            return
        records: dict[str, int] = {}
        rejects, last = 0, first.source
        for batch in chain([first], stream):
            last = batch.source
            rejects += len(batch.rejects)
            self._write(batch, records)
        self.files.append(
            WrittenFile(
                format=batches.format,
                source=last,
                records=records,
                rejects=rejects,
                control=batches.control,
                notes=batches.notes,
            )
        )

    def _is_known(self, source: SourceFile) -> bool:
        name = source.file or "input"
        for file in self.files:
            if file.source.sha256 == source.sha256:
                self.repeated.append(RepeatedFile(file=name, same_as=file.name))
                return True
        return False

    def _write(self, batch: Batch, records: dict[str, int]) -> None:
        for rows in (batch.records, *batch.others.values()):
            kind = rows.record.__name__
            if kind not in self.parts:
                self.parts[kind] = record_parts(
                    self._made(kind), rows.record, rows_per_file=self.rows_per_file, where=self.where, row=self.row
                )
                self.names[kind] = name_of(rows.record)
            self.parts[kind].add(rows.to_polars())
            records[kind] = records.get(kind, 0) + len(rows)
        self.rejected.add(batch.rejects.to_polars())

    def _made(self, name: str) -> Path:
        path = self.fresh / name
        try:
            path.mkdir()
        except OSError as cause:
            raise unwritable(Path(self.where), cause) from cause
        return path

    def end(self, target: Path) -> Partitions:
        """Write what waits, and the totals beside it."""
        checks = []
        for kind, parts in self.parts.items():
            read = sum(file.records.get(kind, 0) for file in self.files)
            checks.append(_tied(parts.close(self.names[kind]).rows, kind, read))
        rejects = sum(file.rejects for file in self.files)
        checks.append(_tied(self.rejected.close(None).rows, _REJECTS, rejects))
        written = Partitions(
            folder=target, files=tuple(self.files), repeated_files=tuple(self.repeated), proof=Proof(checks)
        )
        try:
            text = json.dumps(_said(written), indent=1, ensure_ascii=False)
            (self.fresh / _CONTROL).write_text(f"{text}\n", encoding="utf-8")
        except OSError as cause:
            raise unwritable(target, cause) from cause
        return written


def _tied(total: int, side: str, read: int) -> Check:
    """The rows of all parts against those that were read."""
    return Check(name="rows", side=side, currency=None, total=total, parts={"read": read})


def _said(written: Partitions) -> dict[str, Any]:
    """What the totals say, as JSON."""
    return {
        "version": "1",
        "holds": written.holds,
        "rows": {**written.rows, _REJECTS: written.rejects},
        "files": [
            {
                "file": file.source.file,
                "sha256": file.source.sha256,
                "size_bytes": file.source.size_bytes,
                "format": file.format,
                "lines": file.source.line_count,
                "records": dict(file.records),
                "rejects": file.rejects,
                "holds": file.control.holds,
                "checks": [_check(check) for check in file.control.checks],
                "notes": [{"code": note.code, "text": note.text} for note in file.notes],
            }
            for file in written.files
        ],
        "repeated_files": [attrs.asdict(one) for one in written.repeated_files],
        "checks": [_check(check) for check in written.proof.checks],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "side": check.side,
        "currency": check.currency,
        "total": check.total,
        "parts": dict(check.parts),
        "holds": check.holds,
    }
