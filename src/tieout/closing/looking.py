"""Look at a folder of downloads: what each file is, of which days, and what nobody knows yet.

Only figures come out of it: days, counts, and codes of platforms, shops, couriers and currencies. Nothing that a cell says about
a person does.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import attrs
import polars as pl

from tieout.errors import EmptyFile, InputError, SummaryFile, TieoutError
from tieout.sources import Batch, Document, draft_mapping, files_in, files_of, identify_document, read_document
from tieout.tables import Table
from tieout.tariffs import RateCard

__all__ = ["Facts", "Looked", "Seen", "Untold", "days_of", "look_at"]

_RESULTS: Final = "close.json"
_DRAFTED: Final = (None, "Shipment")
"""Records that an unknown table is tried as: what its captions seem to say, and a merchant's own list of parcels."""
_MOST: Final = 0.9
_LATER: Final = ("created_at", "expected_at", "promised_at", "due_date", "expected_on", "value_on", "closed_at")
"""Days that say less of when a record is of than the others do."""
_CODES: Final = ("platform", "shop_id", "carrier", "channel", "currency")


@attrs.frozen(kw_only=True)
class Facts:
    """What the records of one class in one file are about.

    Attributes:
        record: Name of the class.
        count: How many there are.
        first: First day that they speak of; None where they say none.
        last: Last such day.
        months: How many are of each month, by `2026-10`.
        codes: How many have each code, by field: `platform`, `shop_id`, `carrier`, `channel`, `currency`.
        numbers: Order numbers, to see whether two files list the same orders.
    """

    record: str
    count: int
    first: date | None = None
    last: date | None = None
    months: Mapping[str, int] = attrs.field(factory=dict)
    codes: Mapping[str, Mapping[str, int]] = attrs.field(factory=dict)
    numbers: frozenset[str] = attrs.field(default=frozenset(), repr=False)


@attrs.frozen(kw_only=True)
class Seen:
    """A file that can be read.

    Attributes:
        name: Its path within the folder; of a file in an archive, with the archive in front.
        format: What it is.
        facts: Of its records, the main class first.
        rejects: Lines that cannot be read.
        holds: Whether the totals that it declares are those of its lines.
        mapping: Mapping that it is read by, beside the folder's files; None where a format knows it.
        draft: Text of a mapping that was drafted for it; empty where there is none.
    """

    name: str
    format: str
    facts: tuple[Facts, ...]
    rejects: int = 0
    holds: bool = True
    mapping: Path | None = None
    draft: str = ""

    @property
    def main(self) -> Facts:
        """What the file is about."""
        return self.facts[0]


@attrs.frozen(kw_only=True)
class Untold:
    """A file that cannot be read as it is.

    Attributes:
        name: Its path within the folder.
        why: What stands in the way.
        hint: What to do about it.
        skip: Why it need not be read; empty where it may be needed.
        is_table: Whether it is a table that a mapping could tell.
        is_open: Whether a person has to say first what its records are.
    """

    name: str
    why: str
    hint: str = ""
    skip: str = ""
    is_table: bool = False
    is_open: bool = False


@attrs.frozen(kw_only=True)
class Looked:
    """What a folder holds.

    Attributes:
        folder: The folder.
        seen: Files that can be read, in the order of their names.
        untold: Files that cannot.
        cards: Contracts by carrier, as paths.
        repeated: Files with the bytes of another, as pairs.
        has_settings: Whether files of TOML lie among them: contracts, mappings, configs.
    """

    folder: Path
    seen: tuple[Seen, ...]
    untold: tuple[Untold, ...] = ()
    cards: Mapping[str, Path] = attrs.field(factory=dict)
    repeated: tuple[tuple[str, str], ...] = ()
    has_settings: bool = False


def look_at(folder: Path, *, timezone: str = "Asia/Shanghai") -> Looked:
    """What a folder of downloads holds; nothing is written.

    Args:
        folder: The folder; results of closes in it are left out.
        timezone: Zone in which a moment's day counts.

    Raises:
        UnreadableFile: It cannot be listed.
    """
    return _Look(folder, timezone).looked()


class _Look:
    """One look at one folder."""

    def __init__(self, folder: Path, timezone: str) -> None:
        self.folder = folder
        self.timezone = timezone
        self.seen: list[Seen] = []
        self.untold: list[Untold] = []
        self.repeated: list[tuple[str, str]] = []
        self.cards: dict[str, Path] = {}
        self.mappings: list[Path] = []
        self.by_hash: dict[str, str] = {}
        self.unknown: list[tuple[Document, Path, TieoutError]] = []

    def looked(self) -> Looked:
        """All files, those of TOML first: they may tell of the others."""
        files = [path for path in files_in(self.folder) if not self._is_result(path)]
        settings = [path for path in files if path.suffix.lower() == ".toml"]
        for path in settings:
            self._take_toml(path)
        for path in files:
            if path not in settings:
                self._take(path)
        for document, path, error in self.unknown:
            self._take_unknown(document, path, error)
        return Looked(
            folder=self.folder,
            seen=tuple(sorted(self.seen, key=lambda one: one.name)),
            untold=tuple(sorted(self.untold, key=lambda one: one.name)),
            cards=dict(sorted(self.cards.items())),
            repeated=tuple(self.repeated),
            has_settings=bool(settings),
        )

    def _is_result(self, path: Path) -> bool:
        within = path.relative_to(self.folder).parents
        return any((self.folder / parent / _RESULTS).is_file() for parent in within if parent != Path())

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _take_toml(self, path: Path) -> None:
        try:
            said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError):
            return
        if "columns" in said:
            self.mappings.append(path)
        elif "versions" in said:
            try:
                self.cards.setdefault(RateCard.load(path).carrier, path)
            except TieoutError as error:
                self.untold.append(Untold(name=self._name(path), why=error.problem, hint=error.hint))
                return

    def _take(self, path: Path) -> None:
        try:
            files = files_of(path, name=self._name(path))
        except TieoutError as error:
            self._refuse(self._name(path), error)
            return
        for refused in files.refused:
            self._refuse(refused.where or self._name(path), refused)
        for document in files.documents:
            same_as = self.by_hash.setdefault(document.sha256, document.where)
            if same_as != document.where:
                self.repeated.append((document.where, same_as))
                continue
            try:
                self._see(document, read_document(document, identify_document(document)))
            except SummaryFile as error:
                self.untold.append(
                    Untold(name=document.where, why=error.problem, skip="a summary of another file's lines")
                )
            except TieoutError as error:
                if type(error).__name__ in {"UnidentifiedFile", "HeaderNotFound"}:
                    self.unknown.append((document, path, error))
                else:
                    self._refuse(document.where, error)

    def _refuse(self, name: str, error: TieoutError) -> None:
        skip = "an empty file" if isinstance(error, EmptyFile) else ""
        self.untold.append(Untold(name=name, why=error.problem, hint=error.hint, skip=skip))

    def _take_unknown(self, document: Document, path: Path, error: TieoutError) -> None:
        """A table that no format knows: by a mapping that lies beside it, else by one that is drafted."""
        for mapping in sorted(self.mappings, key=lambda one: (not one.stem.startswith(path.stem), one.name)):
            try:
                batch = read_document(document, "generic_table", mapping=mapping)
            except TieoutError as cause:
                if mapping.stem.startswith(path.stem):  # meant for it
                    why = f"{mapping.name} lies beside it, and cannot read it: {cause.problem}"
                    self.untold.append(Untold(name=document.where, why=why, hint=cause.hint))
                    return
                continue
            if _is_sound(batch):
                self._see(document, batch, mapping=mapping)
                return
        draft, text, doubt = _drafted(document, path)
        if draft is not None:
            self._see(document, draft, draft=text)
        elif doubt is not None:
            told = Untold(name=document.where, why=doubt.problem, hint=doubt.hint, is_table=True, is_open=True)
            self.untold.append(told)
        else:
            self.untold.append(Untold(name=document.where, why=error.problem, is_table=bool(text)))

    def _see(self, document: Document, batch: Batch, *, mapping: Path | None = None, draft: str = "") -> None:
        tables = [batch.records, *(table for table in batch.others.values() if len(table))]
        self.seen.append(
            Seen(
                name=document.where,
                format=batch.format,
                facts=tuple(_facts_of(table, self.timezone) for table in tables),
                rejects=len(batch.rejects),
                holds=batch.control.holds,
                mapping=mapping,
                draft=draft,
            )
        )


def _is_sound(batch: Batch) -> bool:
    lines = len(batch.records) + len(batch.rejects)
    return len(batch.records) > 0 and len(batch.records) >= _MOST * lines and batch.control.holds


def _drafted(document: Document, path: Path) -> tuple[Batch | None, str, TieoutError | None]:
    """What a draft makes of a table, when nobody need be asked; its text, also where somebody must; why none is made."""
    if document.where.count("/") and not path.as_posix().endswith(document.where):
        return None, "", None  # within an archive: a mapping is drafted once it is unpacked
    text = ""
    for record in _DRAFTED:
        try:
            draft = draft_mapping(path, record=record)
        except TieoutError as error:
            if record is None and type(error) is InputError:  # its captions speak of another record, or of none
                return None, "", error
            continue
        text = text or draft.text
        if draft.asked or draft.batch is None or not _is_sound(draft.batch):
            continue
        frame = draft.batch.records.to_polars()
        if _days(frame, "UTC") or not _is_dated(frame):  # a record that should have a day and has none is in no period
            return draft.batch, draft.text, None
    return None, text, None


def _facts_of(table: Table[Any], timezone: str) -> Facts:
    frame = table.to_polars()
    days = _days(frame, timezone)
    months = Counter(f"{day:%Y-%m}" for day in days)
    number = "platform_order_id"
    return Facts(
        record=table.record.__name__,
        count=len(table),
        first=min(days, default=None),
        last=max(days, default=None),
        months=dict(sorted(months.items())),
        codes={name: dict(_counted(frame, name)) for name in _CODES if name in frame.columns},
        numbers=frozenset(frame[number].drop_nulls().to_list()) if number in frame.columns else frozenset(),
    )


def _days(frame: pl.DataFrame, timezone: str) -> Sequence[date]:
    found = days_of(frame, timezone)
    return [] if found is None else found.to_list()


def days_of(frame: pl.DataFrame, timezone: str) -> pl.Series | None:
    """The days of the column that says most of when records are of; None where none does.

    Args:
        frame: Records as columns.
        timezone: Zone in which a moment's day counts.
    """
    temporal = [name for name, dtype in frame.schema.items() if dtype.is_temporal()]
    filled = {name: frame.height - frame[name].null_count() for name in temporal}
    own = [name for name in temporal if name not in _LATER and filled[name]]
    chosen = max(own or [name for name in temporal if filled[name]], key=lambda name: filled[name], default=None)
    if chosen is None:
        return None
    found = frame[chosen].drop_nulls()
    if isinstance(found.dtype, pl.Datetime):
        found = found.dt.convert_time_zone(timezone) if found.dtype.time_zone else found
        found = found.dt.date()
    return found


def _is_dated(frame: pl.DataFrame) -> bool:
    """Whether records of the class have a day at all: what an article is holds in every period."""
    return any(dtype.is_temporal() and name not in _LATER for name, dtype in frame.schema.items())


def _counted(frame: pl.DataFrame, name: str) -> Iterator[tuple[str, int]]:
    counts = frame.group_by(pl.col(name).cast(pl.String)).len().drop_nulls(name)
    yield from counts.sort(["len", name], descending=[True, False]).iter_rows()
