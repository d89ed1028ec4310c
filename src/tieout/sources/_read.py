"""Reading: from a path, URL, bytes or open file to a Batch."""

from typing import Any

from tieout.errors import InputError
from tieout.sources._batch import Batch
from tieout.sources._content import content_of
from tieout.sources._document import Document
from tieout.sources._identify import identify_document, require_format
from tieout.sources._registry import format_of

__all__ = ["identify", "read"]


def read(source: Any, format: str | None = None, **options: Any) -> Batch:  # noqa: A002, ANN401 - the design names it so
    r"""Read a file whole: its records, what could not be read, and the control that nothing was lost.

    Args:
        source: Path as text or `os.PathLike`, URL (needs `tieout[remote]`), bytes, or a file opened in binary mode.
        format: Name of the format; told from the content if left out. `generic_table` reads any table by a mapping.
        **options: What the format should know: `tieout.sources.COMMON_OPTIONS`, and `formats()[name].options`.

    Returns:
        A Batch. Lines that cannot be read are in `batch.rejects`; totals that do not tie out are in `batch.control`.

    Raises:
        UnreadableFile: The file is absent, empty, encrypted, damaged, or in another encoding; a subclass says which.
        UnidentifiedFile: No format fits its content; the nearest are listed.
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
    document = Document.of(
        content_of(source), encoding=_text(options, "encoding"), delimiter=_text(options, "delimiter")
    )
    name = require_format(document) if format is None else format
    return format_of(name).read(document, name=name, options=options)


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
        AmbiguousFile: Several fit equally well.
        UnreadableFile: The file cannot be opened.
    """
    return identify_document(Document.of(content_of(source), encoding=encoding, delimiter=delimiter))
