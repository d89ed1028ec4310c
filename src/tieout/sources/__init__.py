"""Sources: from the files that people download to records, rejects and control totals.

Floor 3. One module without leading underscore is one file format (a leaf); the protocol is `_base`, and nearly every leaf is a
declaration for `TableFormat`. A leaf of another package imports what it needs from here.
"""

from tieout.sources._amounts import AMOUNT_LIMIT, Amount, Charge, Part, Price
from tieout.sources._balances import balance_checks
from tieout.sources._base import Fit, SourceFormat
from tieout.sources._batch import Batch, Control, Finding, SetApart, SourceFile
from tieout.sources._batches import Batches, read_batches
from tieout.sources._cash import by_direction, direction, gain_less_loss, signed_by_direction
from tieout.sources._columns import Column
from tieout.sources._coverage import Break, Gap
from tieout.sources._document import Document
from tieout.sources._draft import Draft, draft_mapping
from tieout.sources._faults import Note
from tieout.sources._folder import Folder, Refused, RepeatedFile, files_in, folder_of, read_folder
from tieout.sources._identify import identify_document
from tieout.sources._line_types import fee_or_refund, line_type_expr, note_unknown, typed_by
from tieout.sources._measures import Count, Length, Number, Weight
from tieout.sources._merging import Twice, merge_tables
from tieout.sources._options import COMMON_OPTIONS, option_of_text, parse_month
from tieout.sources._orders import Less, OrderRows, order_format
from tieout.sources._partitions import Partitions, WrittenFile, to_parquet
from tieout.sources._read import Files, files_of, identify, read, read_document
from tieout.sources._reading import Reading
from tieout.sources._registry import FormatInfo, Formats, formats
from tieout.sources._rejects import Reject, Rejects
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date, Moment
from tieout.sources._totals import declared_check, declared_count, declared_money, declared_sum, tie_lines
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Choice, Currency, Flag, Key, Remark, Text, Tracking, Words

__all__ = [
    "AMOUNT_LIMIT",
    "COMMON_OPTIONS",
    "Amount",
    "Batch",
    "Batches",
    "Break",
    "Charge",
    "Choice",
    "Column",
    "Control",
    "Count",
    "Currency",
    "Date",
    "Document",
    "Draft",
    "Files",
    "Finding",
    "Fit",
    "Flag",
    "Folder",
    "FormatInfo",
    "Formats",
    "Gap",
    "Key",
    "Length",
    "Less",
    "Moment",
    "Note",
    "Number",
    "OrderRows",
    "Part",
    "Partitions",
    "Price",
    "Reading",
    "Refused",
    "Reject",
    "Rejects",
    "Remark",
    "RepeatedFile",
    "SetApart",
    "SourceFile",
    "SourceFormat",
    "TableFormat",
    "Text",
    "Tracking",
    "Twice",
    "VoucherRows",
    "Weight",
    "Words",
    "WrittenFile",
    "balance_checks",
    "by_direction",
    "declared_check",
    "declared_count",
    "declared_money",
    "declared_sum",
    "direction",
    "draft_mapping",
    "fee_or_refund",
    "files_in",
    "files_of",
    "folder_of",
    "formats",
    "gain_less_loss",
    "identify",
    "identify_document",
    "line_type_expr",
    "merge_tables",
    "note_unknown",
    "option_of_text",
    "order_format",
    "parse_month",
    "read",
    "read_batches",
    "read_document",
    "read_folder",
    "signed_by_direction",
    "tie_lines",
    "to_parquet",
    "typed_by",
    "voucher_format",
]
