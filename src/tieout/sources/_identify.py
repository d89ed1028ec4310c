"""Identification: which format a document is, told by its content and never by its name."""

import attrs

from tieout.errors import AmbiguousFile, MissingColumn, PluginError, SummaryFile, UnidentifiedFile
from tieout.privacy import mask_text
from tieout.sources._base import Fit
from tieout.sources._document import Document
from tieout.sources._kind import Kind
from tieout.sources._registry import ROOM, loaded
from tieout.sources._summaries import summary_of

__all__ = ["Candidate", "candidates_of", "identify_document", "require_format"]

_NEAREST = 3


@attrs.frozen(kw_only=True)
class Candidate:
    """A format that a document may be.

    Attributes:
        name: The format's name.
        fit: How well it fits.
    """

    name: str
    fit: Fit


def candidates_of(document: Document) -> tuple[list[Candidate], dict[str, str]]:
    """All formats that have anything in common with a document, the best first; and the leaves that fail to load."""
    document.grids  # noqa: B018 - a file that cannot be opened is refused once, not by every format
    found, broken = [], {}
    for name, leaf in ROOM.leaves().items():
        try:
            fit = loaded(leaf).fit(document)
        except PluginError as cause:
            broken[name] = cause.problem
            continue
        if fit.found:
            found.append(Candidate(name=name, fit=fit))
    return sorted(found, key=lambda one: (not one.fit.is_match, -one.fit.share, -one.fit.found, one.name)), broken


def identify_document(document: Document) -> str:
    """The name of the one format that a document is.

    Raises:
        UnidentifiedFile: None fits; the nearest are listed with what was missing.
        SummaryFile: It is known, and holds but sums of another file's lines.
        AmbiguousFile: Several fit equally well.
    """
    return _only(document, *candidates_of(document))


def _only(document: Document, candidates: list[Candidate], broken: dict[str, str]) -> str:
    matching = [one for one in candidates if one.fit.is_match]
    if not matching:
        summary = summary_of(document)
        if summary is not None:
            raise SummaryFile(where=document.where, title=summary.title, detail=summary.detail)
        raise _unidentified(document, candidates, broken)
    best = max(one.fit.found for one in matching)
    names = [one.name for one in matching if one.fit.found == best]
    if len(names) > 1:
        raise AmbiguousFile(where=document.where, formats=names)
    only = next(one for one in matching if one.name == names[0])
    nearer = [one for one in candidates if _is_told_better(one.fit, only.fit)]
    if nearer:
        raise _unidentified(document, [*nearer, only], broken)
    return only.name


def _is_told_better(near: Fit, match: Fit) -> bool:
    """Whether a file is rather a format that it lacks a column of: that format knows more of the columns that are there."""
    return near.is_near and not near.is_match and len(near.extra) < len(match.extra)


def require_format(document: Document) -> str:
    """As `identify_document`; but a file that lacks a column or so of one format is refused as that.

    Raises:
        MissingColumn: The file is nearly one format; the columns that are gone are named.
        UnidentifiedFile: None fits.
        SummaryFile: It holds but sums of another file's lines.
        AmbiguousFile: Several fit equally well.
    """
    candidates, broken = candidates_of(document)
    try:
        return _only(document, candidates, broken)
    except UnidentifiedFile as cause:
        near = [one for one in candidates if one.fit.is_near and not one.fit.is_match]
        if len(near) != 1:
            raise
        (one,) = near
        raise MissingColumn(
            one.fit.missing,
            found=[mask_text(caption) or "" for caption in one.fit.captions],
            where=f"{document.where}{one.fit.where}",
            hint=f"otherwise the file looks like format {one.name}",
        ) from cause


def _unidentified(document: Document, candidates: list[Candidate], broken: dict[str, str]) -> UnidentifiedFile:
    hints = []
    if document.kind is Kind.TEXT and document.text.text.lstrip().startswith("<"):
        hints.append("the file is a web page or XML, whatever its name says: open it and save it as xlsx or csv")
    else:
        hints.append(
            'read it with format="generic_table" and a mapping of its columns: tieout sources new FILE drafts one'
        )
    hints += [f"format {name} could not be tried: {cause}" for name, cause in broken.items()]
    nearest = [(one.name, one.fit.missing) for one in candidates[:_NEAREST]]
    return UnidentifiedFile(where=document.where, nearest=nearest, hint="; ".join(hints))
