"""Sources: from the files that people download to records, rejects and control totals.

Floor 3. One module without leading underscore is one file format (a leaf); the protocol is `_base`, and nearly every leaf is a
declaration for `TableFormat`. A leaf of another package imports what it needs from here.
"""

from tieout.sources._amounts import Amount, Charge
from tieout.sources._base import Fit, SourceFormat
from tieout.sources._batch import Batch, Control, Finding, SetApart, SourceFile
from tieout.sources._columns import Column
from tieout.sources._document import Document
from tieout.sources._faults import Note
from tieout.sources._measures import Count, Length, Number, Weight
from tieout.sources._options import COMMON_OPTIONS, parse_month
from tieout.sources._read import identify, read
from tieout.sources._reading import Reading
from tieout.sources._registry import FormatInfo, Formats, formats
from tieout.sources._rejects import Reject, Rejects
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date, Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Choice, Flag, Key, Text, Tracking, Words

__all__ = [
    "COMMON_OPTIONS",
    "Amount",
    "Batch",
    "Charge",
    "Choice",
    "Column",
    "Control",
    "Count",
    "Date",
    "Document",
    "Finding",
    "Fit",
    "Flag",
    "FormatInfo",
    "Formats",
    "Key",
    "Length",
    "Moment",
    "Note",
    "Number",
    "Reading",
    "Reject",
    "Rejects",
    "SetApart",
    "SourceFile",
    "SourceFormat",
    "TableFormat",
    "Text",
    "Tracking",
    "Weight",
    "Words",
    "formats",
    "identify",
    "parse_month",
    "read",
    "tie_lines",
]
