"""Reading: from a path, URL, bytes or open file to a Batch."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from tieout.errors import InputError, TieoutError, UnidentifiedFile
from tieout.sources._archives import is_archive, unpacked
from tieout.sources._batch import Batch
from tieout.sources._content import content_of
from tieout.sources._document import Document
from tieout.sources._faults import Note
from tieout.sources._identify import identify_document, require_format
from tieout.sources._registry import format_of

__all__ = ["Files", "files_of", "identify", "read", "read_document"]


def read(source: Any, format: str | None = None, **options: Any) -> Batch:  # noqa: A002, ANN401 - the design names it so
    r"""Read a file whole: its records, what could not be read, and the control that nothing was lost.

    Args:
        source: Path as text or `os.PathLike`, URL (needs `tieout[remote]`), bytes, or a file opened in binary mode; of a ZIP or
            gzip archive, the one file in it of a known format is read.
        format: Name of the format; told from the content if left out. `generic_table` reads any table by a mapping.
        **options: What the format should know: `tieout.sources.COMMON_OPTIONS`, and `formats()[name].options`.

    Returns:
        A Batch. Lines that cannot be read are in `batch.rejects`; totals that do not tie out are in `batch.control`.

    Raises:
        UnreadableFile: The file is absent, empty, encrypted, damaged, or in another encoding; a subclass says which.
        UnidentifiedFile: No format fits its content; the nearest are listed.
        SummaryFile: It holds but sums of another file's lines.
        AmbiguousFile: Several formats fit equally well.
        MissingColumn: It is a known format with a column gone.
        HeaderNotFound: It has none of the columns of the format that was asked for.
        InputError: An option makes no sense.

    Example:
        >>> bill = "运单号,金额\nSF1012345678901,12.50\nSF1012345678902,12.5O\n".encode()
        >>> mapping = {"tracking_no": "运单号", "amount": "金额"}
        >>> batch = read(bill, format="generic_table", record="CourierCharge", columns=mapping, currency="CNY",
        ...              constants={"charge_type": "all_in"})
        >>> len(batch.records), str(batch.rejects)
        (1, "input:3: column '金额': '12.5O' is not an amount")
    """
    files = files_of(source, encoding=_text(options, "encoding"), delimiter=_text(options, "delimiter"))
    document = files.only(format, options)
    batch = read_document(document, format, **options)
    unread = [where for where in files.places if where != document.where]
    if not unread:
        return batch
    note = Note("archive.not_read", f"files of the archive that are not read: {', '.join(unread)}")
    return attrs.evolve(batch, notes=(*batch.notes, note))


def read_document(document: Document, format: str | None = None, **options: Any) -> Batch:  # noqa: A002, ANN401 - as `read`
    """Read a file that was opened already, such as one of an archive.

    Args:
        document: One of `Files.documents`.
        format: As `read` takes it.
        **options: As `read` takes them.

    Raises:
        InputError: As `read` raises it.
    """
    name = require_format(document) if format is None else format
    return format_of(name).read(document, name=name, options=options)


@attrs.frozen(kw_only=True)
class Files:
    """The files of a source: one, or those of an archive.

    Attributes:
        documents: Files that can be opened.
        refused: Errors of those that cannot.
        is_archive: Whether they come from an archive.
    """

    documents: tuple[Document, ...]
    refused: tuple[TieoutError, ...]
    is_archive: bool

    @property
    def places(self) -> list[str]:
        """What messages call each of them."""
        return [*(document.where for document in self.documents), *(error.where for error in self.refused)]

    def only(
        self,
        format: str | None = None,  # noqa: A002 - as `read` names it
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> Document:
        """The one file that can be read; the only one of an archive, whatever it is.

        Args:
            format: Name of the format that is asked for; None for any that is known.
            options: What the format should know, as a mapping of columns for one that is nothing without it.

        Raises:
            UnidentifiedFile: No file of an archive is of such a format.
            InputError: Several are.
        """
        if not self.is_archive or (len(self.documents) == 1 and not self.refused):
            return self.documents[0]
        fitting = [one for one in self.documents if _fits(one, format, options)]
        if len(fitting) == 1:
            return fitting[0]
        places = [one.where for one in fitting] or self.places
        where = places[0].partition("/")[0]
        names = ", ".join(place.partition("/")[2] for place in places)
        if fitting:
            raise InputError(
                f"the archive holds several files that can be read: {names}",
                where=where,
                hint="tieout.read_folder(...) reads them all",
            )
        raise UnidentifiedFile(where=where, hint=f"files in the archive: {names}")


def files_of(
    source: Any,  # noqa: ANN401 - as above
    *,
    name: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Files:
    """The files of a source, opened.

    Args:
        source: As for `read`.
        name: What messages and records call it; its own name if left out.
        encoding: Encoding of text files; told from the bytes if left out.
        delimiter: What parts the cells of text files; told from the text if left out.

    Raises:
        UnreadableFile: The one file, or the archive, cannot be opened.
    """
    content = content_of(source)
    if name is not None:
        content = attrs.evolve(content, name=name)
    contents = unpacked(content)
    if not is_archive(content):
        return Files(
            documents=(Document.of(content, encoding=encoding, delimiter=delimiter),), refused=(), is_archive=False
        )
    documents, refused = [], []
    for one in contents:
        try:
            documents.append(Document.of(one, encoding=encoding, delimiter=delimiter))
        except TieoutError as cause:
            refused.append(cause)
    return Files(documents=tuple(documents), refused=tuple(refused), is_archive=True)


def _fits(document: Document, name: str | None, options: Mapping[str, Any]) -> bool:
    leaf = None if name is None else format_of(name)
    if leaf is not None and leaf.record is object and hasattr(leaf, "as_table"):
        return bool(leaf.as_table(options)[0].fit(document).is_match)
    try:
        return identify_document(document) == name if name else bool(identify_document(document))
    except TieoutError:
        return name is not None and format_of(name).fit(document).is_match


def _text(options: dict[str, Any], name: str) -> str | None:
    value = options.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"option {name} is str, got {type(value).__name__}")
    return value


def identify(source: Any, *, encoding: str | None = None, delimiter: str | None = None) -> str:  # noqa: ANN401
    """The name of the format that a file is, told by its content.

    Args:
        source: As for `read`.
        encoding: Encoding of a text file; told from the bytes if left out.
        delimiter: What parts the cells of a text file; told from the text if left out.

    Raises:
        UnidentifiedFile: None fits; the nearest are listed with what was missing.
        SummaryFile: It holds but sums of another file's lines.
        AmbiguousFile: Several fit equally well.
        UnreadableFile: The file cannot be opened.
    """
    return identify_document(files_of(source, encoding=encoding, delimiter=delimiter).only())
