"""Collect: every file of a period is read once, told apart by what it is, or named with the reason why it is not.

`domain.md` C33, C49, C76.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from tieout.closing.config import CloseConfig, ReadRule
from tieout.closing.lacking import files_lacking
from tieout.closing.mapped import record_of_mapping
from tieout.closing.progress import Progress
from tieout.closing.sentences import note, of_check, of_source
from tieout.errors import ConfigError, InputError, TieoutError
from tieout.model import Order, OrderLine
from tieout.proof import Check
from tieout.reports import FileRead, Note, StageReport
from tieout.reports.terms import record_zh
from tieout.sources import (
    Batch,
    Document,
    Folder,
    Refused,
    RepeatedFile,
    files_in,
    files_of,
    folder_of,
    identify_document,
    read_document,
)
from tieout.tables import Table, with_lines

__all__ = ["Collected", "Found", "collect", "collected_tables", "found_files"]

_MAPPED = "generic_table"
_STATE = "close.json"
_SHOWN = 20
_AT_ONCE = 2
_REJECTS = {"file": pl.String, "line": pl.Int64, "reason": pl.String, "raw": pl.String}


_Begun = tuple[Future[Batch | Refused], ReadRule]


def _no_rejects() -> pl.DataFrame:
    return pl.DataFrame(schema=_REJECTS)


@attrs.frozen(kw_only=True)
class Found:
    """A file that lies in what a close is to read.

    Attributes:
        name: What messages and records call it: its path within the folder, with the folder where there are several.
        path: Where it lies.
        rule: What is told of it.
    """

    name: str
    path: Path
    rule: ReadRule = attrs.field(factory=lambda: ReadRule(file="*"))


@attrs.frozen(kw_only=True, eq=False)
class Collected:
    """All records of a period.

    Attributes:
        tables: Records by role, else by the name of their class.
        files: What was read.
        rejects: Lines that could not be read: `file`, `line`, `reason`, `raw` (masked).
        checks: What must tie about files, lines and declared totals.
        report: What the stage did.
    """

    tables: Mapping[str, Table[Any]] = attrs.field(repr=False)
    files: tuple[FileRead, ...] = ()
    rejects: pl.DataFrame = attrs.field(factory=_no_rejects, repr=False)
    checks: tuple[Check, ...] = ()
    report: StageReport


def found_files(config: CloseConfig) -> tuple[Found, ...]:
    """The files that a close reads, in order, each with what is told of it.

    Results of closes, the config itself and what it names, and the casebook are not among them.

    Raises:
        ConfigError: A file or folder of `files` is not there.
    """
    several = len(config.files) > 1
    found: list[Found] = []
    for root in config.files:
        if not root.exists():
            raise ConfigError(f"there is no {root.name!r}", where=_key(config, "files"), hint=f"looked for {root}")
        prefix = f"{root.name}/" if several and root.is_dir() else ""
        found += [
            Found(name=f"{prefix}{name}", path=path, rule=_rule_of(config, name))
            for name, path in _listed(root, config)
        ]
    names = [one.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"two files are called {twice[0]!r}", where=_key(config, "files"))
    return tuple(found)


def _key(config: CloseConfig, key: str) -> str:
    return key if config.path is None else f"{config.path.name}: {key}"


def _listed(root: Path, config: CloseConfig) -> Iterator[tuple[str, Path]]:
    if root.is_file():
        yield root.name, root
        return
    own = {path.resolve() for path in (config.path, _book_file(config)) if path is not None}
    books = {Path(f"{path}{suffix}") for path in own for suffix in ("-wal", "-shm")}
    closed: dict[Path, bool] = {}
    for path in files_in(root):
        if path.resolve() in own | books or any(
            _is_result(parent, closed) for parent in path.parents if parent != root
        ):
            continue
        yield path.relative_to(root).as_posix(), path


def _is_result(folder: Path, known: dict[Path, bool]) -> bool:
    if folder not in known:
        known[folder] = (folder / _STATE).is_file()
    return known[folder]


def _book_file(config: CloseConfig) -> Path | None:
    if config.casebook is None or not config.casebook.url.startswith("sqlite:///"):
        return None
    return Path(config.casebook.url.removeprefix("sqlite:///"))


def _rule_of(config: CloseConfig, name: str) -> ReadRule:
    return next(_rules_of(config, name), ReadRule(file="*"))


def _rules_of(config: CloseConfig, name: str) -> Iterator[ReadRule]:
    """The entries that fit a file; the first is the one by which it is read."""
    for rule in config.read:
        if fnmatchcase(name, rule.file) or fnmatchcase(name.rpartition("/")[2], rule.file):
            yield rule


def collect(config: CloseConfig, files: Sequence[Found], progress: Progress) -> Collected:
    """Read all files.

    Args:
        config: What the close is told.
        files: As `found_files` gives them.
        progress: Whom to tell.

    Raises:
        ConfigError: A rule names no mapping, format or option that there is.
    """
    progress.begin("collect", len(files) + 1)
    reader = _Reader(config)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="tieout-collect") as pool:
        begun: deque[_Begun] = deque()
        for found in files:
            progress.step(found.name)
            for one in reader.begun(found, pool):
                begun.append(one)
                if len(begun) >= _AT_ONCE:  # no more than that is held in memory beside what is read
                    reader.take(*begun.popleft())
        for one in begun:
            reader.take(*one)
    progress.step("records that several files have")
    collected = reader.collected()
    progress.end(collected.report)
    return collected


@attrs.define
class _Reader:
    """Takes file after file; what one role's files hold is kept apart from the others'.

    Some are read at once, as most of the work of reading a file is done by one core; they are taken in their order.
    """

    config: CloseConfig
    by_role: dict[str, list[Batch]] = attrs.field(factory=dict)
    refused: list[Refused] = attrs.field(factory=list)
    repeated: list[RepeatedFile] = attrs.field(factory=list)
    skipped: list[tuple[str, str]] = attrs.field(factory=list)
    left: list[Note] = attrs.field(factory=list)
    seen: dict[tuple[str, str], dict[str, str]] = attrs.field(factory=dict)
    used: set[str] = attrs.field(factory=set)
    documents: int = 0

    def begun(self, found: Found, pool: Executor) -> Iterator[_Begun]:
        """Begin to read a file, or the files in an archive."""
        rule = found.rule
        self._note_rules(found.name)
        if rule.skip:
            self.documents += 1
            self.skipped.append((found.name, rule.skip))
            return
        try:
            files = files_of(
                found.path, name=found.name, encoding=_text(rule, "encoding"), delimiter=_text(rule, "delimiter")
            )
        except TieoutError as error:
            self.documents += 1
            yield _known(Refused(file=found.name, error=error)), rule
            return
        self.documents += len(files.documents) + len(files.refused)
        for refused in files.refused:
            yield _known(Refused(file=refused.where, error=refused)), rule
        for document in files.documents:
            inner = rule if document.where == found.name else _rule_within(self.config, document.where, rule)
            self._note_rules(document.where)
            if self._is_wanted(document, inner):
                yield pool.submit(_read, document, inner), inner

    def _note_rules(self, name: str) -> None:
        self.used.update(rule.file for rule in _rules_of(self.config, name))

    def _is_wanted(self, document: Document, rule: ReadRule) -> bool:
        if rule.skip:
            self.skipped.append((document.where, rule.skip))
            return False
        if document.sha256 in self.config.sources.values():
            self.skipped.append((document.where, "the config was read from it"))
            return False
        seen = self.seen.setdefault(
            (rule.role, document.sha256), {}
        )  # one file may be of two roles, and of two records
        record = record_of_mapping(rule.mapping)
        same_as = seen.get(record) or (next(iter(seen.values()), None) if not record else seen.get(""))
        if same_as is not None:
            self.repeated.append(RepeatedFile(file=document.where, same_as=same_as))
            return False
        seen[record] = document.where
        return True

    def take(self, reading: Future[Batch | Refused], rule: ReadRule) -> None:
        """Take what a file gave, once it is read."""
        read = reading.result()
        if isinstance(read, Refused):
            self.refused.append(read)
        else:
            self.by_role.setdefault(rule.role, []).append(self._without_left(read, rule))

    def _without_left(self, batch: Batch, rule: ReadRule) -> Batch:
        """What a file gives, without the classes that are taken from another file."""
        if batch.records.record.__name__ in rule.leave:
            raise ConfigError(
                f"{batch.records.record.__name__} is what the file is about, so nothing would be left of it",
                where=_key(self.config, "read"),
                hint=f'say skip = "..." for {rule.file}',
            )
        gone = {name: table for name, table in batch.others.items() if name in rule.leave}
        name = batch.source.file or "input"
        self.left += [
            note("left_to_another", file=name, count=len(table), kind=_named(kind))
            for kind, table in gone.items()
            if len(table)
        ]
        self.left += [
            note("none_to_leave", file=name, kind=_named(kind)) for kind in rule.leave if kind not in batch.others
        ]
        return attrs.evolve(batch, others={kind: table for kind, table in batch.others.items() if kind not in gone})

    def collected(self) -> Collected:
        folders = {role: folder_of(batches) for role, batches in sorted(self.by_role.items())}
        batches = [batch for found in folders.values() for batch in found.batches]
        tables, notes = _tables_of(folders)
        rejects = _rejects_of(batches)
        files = tuple(_file_of(batch) for batch in batches)
        # The frames of single files are not needed any more once all of them are in one table.
        checks = (
            self._files_check(len(batches)),
            *(check for role, one in folders.items() for check in _checks(role, one)),
        )
        lacking = list(files_lacking(self.config, self.documents, self.used))
        told = [
            *lacking,
            *self._told(),
            *(line for role, one in folders.items() for line in _told_by(role, one)),
            *notes,
        ]
        records = sum(len(table) for table in tables.values())
        conflicts = sum(one.is_conflict for found in folders.values() for one in found.twice)
        off = [check for check in checks if not check.holds]
        report = StageReport(
            name="collect",
            status="attention" if self.refused or off or conflicts or rejects.height or lacking else "done",
            counts=(
                ("files", self.documents),
                ("files read", len(batches)),
                ("files repeated", len(self.repeated)),
                ("files left out", len(self.skipped)),
                ("files refused", len(self.refused)),
                ("records", records),
                ("rejects", rejects.height),
                ("conflicts", conflicts),
            ),
            notes=told,
        )
        return Collected(tables=tables, files=files, rejects=rejects, checks=checks, report=report)

    def _files_check(self, read: int) -> Check:
        parts = {"read": read, "repeated": len(self.repeated), "left out as told": len(self.skipped)}
        return Check(name="files", side="collect", currency=None, total=self.documents, parts=parts)

    def _told(self) -> Iterator[Note]:
        for refused in self.refused:
            yield note("file_refused", file=refused.file, error=refused)
        for repeated in self.repeated:
            yield note("file_repeated", file=repeated.file, other=repeated.same_as)
        for name, why in self.skipped:
            yield note("left_out", name=name, why=why)
        yield from self.left


def _read(document: Document, rule: ReadRule) -> Batch | Refused:
    try:
        return read_document(document, _format_of(document, rule), **_options(rule))
    except TieoutError as error:
        return Refused(file=document.where, error=error)


def _known(refused: Refused) -> Future[Batch | Refused]:
    known: Future[Batch | Refused] = Future()
    known.set_result(refused)
    return known


def _rule_within(config: CloseConfig, name: str, outer: ReadRule) -> ReadRule:
    """The rule of a file in an archive: its own, else the archive's."""
    own = _rule_of(config, name)
    return outer if own.file == "*" else own


def _text(rule: ReadRule, name: str) -> str | None:
    value = rule.options.get(name)
    return value if isinstance(value, str) else None


def _format_of(document: Document, rule: ReadRule) -> str:
    if rule.mapping is not None:
        return _MAPPED
    return rule.format or identify_document(document)


def _options(rule: ReadRule) -> dict[str, Any]:
    beside = {} if rule.mapping is None else {"mapping": rule.mapping}
    return {**rule.options, **beside}


def _file_of(batch: Batch) -> FileRead:
    return FileRead(
        file=batch.source.file or "input",
        format=batch.format,
        sha256=batch.source.sha256,
        size=batch.source.size_bytes,
        records=len(batch.records) + sum(len(table) for table in batch.others.values()),
        rejects=len(batch.rejects),
        holds=batch.control.holds,
    )


def _rejects_of(batches: Sequence[Batch]) -> pl.DataFrame:
    rows = [
        (batch.source.file or "input", reject.line, reject.what, reject.raw)
        for batch in batches
        for reject in batch.rejects
    ]
    return pl.DataFrame(rows, schema=_REJECTS, orient="row")


def _checks(role: str, folder: Folder) -> Iterator[Check]:
    """What each file declares, that merging lost nothing, and balances that go on from file to file."""
    for batch in folder.batches:
        for check in batch.control.checks:
            yield attrs.evolve(check, side=batch.source.file or "input")
    for check in folder.proof.checks:
        yield attrs.evolve(check, side=f"{check.side}:{role}" if role else check.side)
    for one in folder.breaks:
        yield Check(
            name=f"{one.name} goes on from {one.before}",
            side=one.after,
            currency=one.currency,
            total=one.opening_minor,
            parts={"closing balance before": one.closing_minor},
        )


def _named(record: str) -> Note:
    return Note(record, record_zh(record))


def _told_by(role: str, folder: Folder) -> Iterator[Note]:
    for batch in folder.batches:
        name = batch.source.file or "input"
        yield from (note("of_file", file=name, said=of_check(check)) for check in batch.control.failures)
        yield from (of_source(name, one.code, one.text) for one in batch.notes)
        if batch.rejects:
            yield note("rejects", file=name, count=len(batch.rejects), first=batch.rejects[0].what)
    for one in _told_between(folder):
        yield note("of_role", said=one, role=role) if role else one


def _told_between(folder: Folder) -> Iterator[Note]:
    """What the files of a role say of each other."""
    for gap in folder.gaps:
        days = note("gap_on" if gap.first == gap.last else "gap_from", first=gap.first, last=gap.last)
        yield note("gap", format=gap.format, days=days, after=gap.after, before=gap.before)
    yield from (note("break", said=one) for one in folder.breaks)
    conflicts = [one for one in folder.twice if one.is_conflict]
    yield from (note("conflict", said=one) for one in conflicts[:_SHOWN])
    if len(conflicts) > _SHOWN:
        yield note("more_conflicts", count=len(conflicts) - _SHOWN)


def _tables_of(folders: Mapping[str, Folder]) -> tuple[dict[str, Table[Any]], list[Note]]:
    """Tables by role or class; orders have the lines that other files list."""
    tables: dict[str, Table[Any]] = {}
    notes: list[Note] = []
    for role, folder in folders.items():
        own, left_over = _with_lines(folder.tables)
        if left_over:
            notes.append(note("lines_of_no_order", count=left_over))
        kinds = list(own)
        for name, table in own.items():
            key = name if not role else role if len(kinds) == 1 or name == _main_of(folder) else f"{name}:{role}"
            tables[key] = table
    return tables, notes


def _main_of(folder: Folder) -> str:
    """The class that the files of a role are about."""
    first: Table[Any] = folder.batches[0].records
    return first.record.__name__


def _with_lines(tables: Mapping[str, Table[Any]]) -> tuple[dict[str, Table[Any]], int]:
    own = dict(tables)
    orders, lines = own.get(Order.__name__), own.get(OrderLine.__name__)
    if orders is None or lines is None or not len(lines):
        return own, 0
    # Where one file gives both, its orders have their lines already, and those are the lines by themselves.
    frame = orders.to_polars().filter(pl.col("lines").list.len() > 0)
    known = frame.select("source_sha256", "platform_order_id").unique()
    apart = lines.to_polars().join(known, on=["source_sha256", "platform_order_id"], how="anti", maintain_order="left")
    whole, left_over = with_lines(orders, Table(apart, OrderLine))
    own[Order.__name__] = whole
    own[OrderLine.__name__] = left_over
    if not len(left_over):
        del own[OrderLine.__name__]
    return own, len(left_over)


def collected_tables(tables: Mapping[str, Any], progress: Progress) -> Collected:
    """Records that a program has already, as a stage that read no file.

    Args:
        tables: Tables, or sequences of records, by class name or role.
        progress: Whom to tell.

    Raises:
        InputError: Something is no table of records.
    """
    progress.begin("collect", 1)
    held: dict[str, Table[Any]] = {}
    for name, given in tables.items():
        table = given if isinstance(given, Table) else None
        if table is None and not isinstance(given, str):
            rows = list(given)
            table = Table.from_records(rows) if rows else None
        if table is not None:
            held[name] = table
        elif isinstance(given, str):
            raise InputError("a Table or records are needed, got text", where=f"tables: {name}")
    report = StageReport(
        name="collect", status="done",
        counts=(("tables", len(held)), ("records", sum(len(table) for table in held.values()))),
    )  # fmt: skip
    progress.end(report)
    return Collected(tables=held, report=report)
