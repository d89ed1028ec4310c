"""Folders: all files that someone downloaded, read at once, with one report for all of them."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import attrs

from tieout._notebook import items, table, view
from tieout.errors import InputError, TieoutError, UnreadableFile
from tieout.proof import Proof
from tieout.sources._batch import Batch
from tieout.sources._coverage import Break, Gap, breaks_between, gaps_between
from tieout.sources._document import Document
from tieout.sources._identify import require_format
from tieout.sources._merging import Twice, merged
from tieout.sources._options import COMMON_OPTIONS
from tieout.sources._read import files_of, read_document
from tieout.tables import Table

__all__ = ["Folder", "Refused", "RepeatedFile", "files_in", "folder_of", "read_folder"]

_LITTER = (".", "~$")
_SHOWN = 20
_NUMBER = re.compile(r"([0-9]{1,18})")


@attrs.frozen(kw_only=True)
class Refused:
    """A file that could not be read.

    Attributes:
        file: Its name.
        error: What is wrong with it, and what was expected.
    """

    file: str
    error: TieoutError

    def __str__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}"


@attrs.frozen(kw_only=True)
class RepeatedFile:
    """A file with the very bytes of another; it is not read again.

    Attributes:
        file: Its name.
        same_as: The other's.
    """

    file: str
    same_as: str


def _frozen(tables: Mapping[str, Table[Any]]) -> Mapping[str, Table[Any]]:
    return MappingProxyType(dict(tables))


@attrs.frozen(kw_only=True, repr=False)
class Folder:
    """What reading a folder gives.

    Attributes:
        batches: One for each file that was read.
        tables: All records by class name, such as `SettlementLine`; what several files have stands in them once.
        repeated_files: Files with the same bytes as others.
        refused: Files that could not be read, each with its error.
        twice: Records that several files have: the same ones, newer versions, those that contradict each other, and those that
            are alike without an identifier that proves them to be one.
        gaps: Days of which no file of a format has a record, between those of which some have.
        breaks: Files of one format whose opening balance is not the closing balance of the one before.
        proof: That every record of every file is in the tables, or among those that stand in another file too.
    """

    batches: tuple[Batch, ...]
    tables: Mapping[str, Table[Any]] = attrs.field(converter=_frozen)
    repeated_files: tuple[RepeatedFile, ...]
    refused: tuple[Refused, ...]
    twice: tuple[Twice, ...]
    gaps: tuple[Gap, ...]
    breaks: tuple[Break, ...]
    proof: Proof

    @property
    def holds(self) -> bool:
        """Whether all totals of all files tie out, no balance breaks between files, and no records contradict each other."""
        agrees = not self.breaks and not any(one.is_conflict for one in self.twice)
        return agrees and self.proof.holds and all(batch.control.holds for batch in self.batches)

    def __repr__(self) -> str:
        lines = [f"{len(self.batches)} files read, {len(self.refused)} refused, {len(self.repeated_files)} repeated"]
        for batch in self.batches:
            lines += [f"  {batch.summary}", *(f"    {check}" for check in batch.control.failures)]
        lines += [f"  refused: {one}".replace("\n", "\n    ") for one in self.refused]
        lines += [f"  {one.file} is the same file as {one.same_as}" for one in self.repeated_files]
        found = [*map(str, self.gaps), *map(str, self.breaks), *map(str, self.twice[:_SHOWN])]
        more = [f"and {len(self.twice) - _SHOWN} more"] if len(self.twice) > _SHOWN else []
        lines += [f"  {line}" for line in (*found, *more, *map(str, self.proof.checks))]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        heads = ("file", "format", "records", "rejects", "totals")
        rows = [
            (
                batch.source.file or "input",
                batch.format,
                ", ".join(f"{len(one):,} {one.record.__name__}" for one in (batch.records, *batch.others.values())),
                f"{len(batch.rejects):,}",
                "tie out" if batch.control.holds else "DO NOT TIE OUT",
            )
            for batch in self.batches
        ]
        # What a person has to look at follows the list of files, in the words of the text.
        told = [line.strip() for line in repr(self).splitlines()[1:]]
        read = {batch.summary for batch in self.batches}
        return view(
            repr(self).partition("\n")[0],
            table(heads, rows, figures={3}),
            items(line for line in told if line not in read),
        )


def read_folder(
    source: Any,  # noqa: ANN401 - whatever people have
    *,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    **common: Any,  # noqa: ANN401 - options of all kinds
) -> Folder:
    """Read all files of a folder: each is recognised by its content, what cannot be read is listed, and nothing counts twice.

    A file with the very bytes of another is not read again. A record that several files have, the same in all its values and with
    an identifier of its own, stands once in the tables. Of an order or a return that a later file has in another state, the
    later state stands; files are taken in the order of their names, or as a list gives them. Other records of one identifier that
    differ are kept, and told: a person decides.

    Args:
        source: A folder, which is searched with the folders in it; an archive; or a list of sources as `read` takes them.
        options: Options by the name of the format, such as `{"sf_monthly_bill": {"bill_month": "2026-07"}}`.
        **common: Options for all formats: `tieout.sources.COMMON_OPTIONS`.

    Raises:
        InputError: There is no such folder, or an option makes no sense.
    """
    unknown = sorted(set(common) - set(COMMON_OPTIONS))
    if unknown:
        raise InputError(
            f"there is no common option {', '.join(unknown)}", hint=f"common options: {', '.join(COMMON_OPTIONS)}"
        )
    by_format = {name: dict(said) for name, said in (options or {}).items()}
    reader = _Reader(by_format, common)
    for one, name in _sources(source):
        reader.take(one, name)
    return reader.folder()


def _sources(source: Any) -> Iterable[tuple[Any, str | None]]:  # noqa: ANN401 - whatever people have
    """Each source, and what to call it where its own name does not tell it from one in another folder."""
    if isinstance(source, (str, os.PathLike)) and "://" not in str(source):
        path = Path(os.fsdecode(source))
        if path.is_dir():
            return ((file, file.relative_to(path).as_posix()) for file in files_in(path))
        if not path.exists():
            raise InputError("there is no such folder", where=str(path))
        return [(path, None)]
    is_list = isinstance(source, Sequence) and not isinstance(source, (str, bytes, bytearray))
    return [(one, None) for one in (source if is_list else [source])]


def files_in(folder: Path) -> Iterator[Path]:
    """The files of a folder and of the folders in it, in the order of their names; hidden ones and locks are left out.

    Numbers in names count by their value, so that `orders (10).csv`, the later download, comes after `orders (9).csv`.

    Args:
        folder: The folder.

    Raises:
        UnreadableFile: It, or a folder in it, cannot be listed: what it holds would be missing.
    """
    for path in sorted(_listed(folder), key=_in_order):
        if _may_be_read(path):
            yield path


def _listed(folder: Path) -> Iterator[Path]:
    """All names but those of hidden files, locks, and what is in hidden folders."""
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(_LITTER)]
        yield from (Path(parent) / name for name in names if not name.startswith(_LITTER))


def _in_order(path: Path) -> list[tuple[tuple[int, int, str], ...]]:
    parts = (_NUMBER.split(part) for part in path.parts)
    return [tuple((1, int(text), text) if text.isdecimal() else (0, 0, text) for text in part) for part in parts]


def _refuse(error: OSError) -> NoReturn:
    raise UnreadableFile(f"the folder cannot be listed: {error.strerror}", where=str(error.filename)) from error


def _may_be_read(path: Path) -> bool:
    """Whether a name stands for a file; one of which that cannot be told is refused where it is opened."""
    try:
        return path.is_file()
    except OSError:
        return True


@attrs.define
class _Reader:
    """Takes source after source."""

    by_format: dict[str, dict[str, Any]]
    common: dict[str, Any]
    batches: list[Batch] = attrs.field(factory=list)
    refused: list[Refused] = attrs.field(factory=list)
    repeated: list[RepeatedFile] = attrs.field(factory=list)
    seen: dict[str, str] = attrs.field(factory=dict)

    def take(self, source: Any, name: str | None) -> None:  # noqa: ANN401 - whatever people have
        try:
            files = files_of(
                source, name=name, encoding=self.common.get("encoding"), delimiter=self.common.get("delimiter")
            )
        except TieoutError as error:
            self.refused.append(Refused(file=name or error.where or str(source), error=error))
            return
        self.refused += [Refused(file=error.where, error=error) for error in files.refused]
        for document in files.documents:
            same_as = self.seen.setdefault(document.sha256, document.where)
            if same_as != document.where or any(batch.source.sha256 == document.sha256 for batch in self.batches):
                self.repeated.append(RepeatedFile(file=document.where, same_as=same_as))
            else:
                self._read(document)

    def _read(self, document: Document) -> None:
        try:
            name = require_format(document)
            said = {**self.common, **self.by_format.get(name, {})}
            self.batches.append(read_document(document, name, **said))
        except TieoutError as error:
            self.refused.append(Refused(file=document.where, error=error))

    def folder(self) -> Folder:
        return folder_of(self.batches, refused=self.refused, repeated_files=self.repeated)


def folder_of(
    batches: Sequence[Batch], *, refused: Sequence[Refused] = (), repeated_files: Sequence[RepeatedFile] = ()
) -> Folder:
    """What files that were read one by one are together, as `read_folder` gives it.

    Args:
        batches: What was read, in order.
        refused: Files that could not be read.
        repeated_files: Files with the bytes of others.
    """
    tables, twice, checks = merged(batches)
    return Folder(
        batches=tuple(batches),
        tables=tables,
        repeated_files=tuple(repeated_files),
        refused=tuple(refused),
        twice=tuple(twice),
        gaps=tuple(gaps_between(batches)),
        breaks=tuple(breaks_between(batches)),
        proof=Proof(checks),
    )
