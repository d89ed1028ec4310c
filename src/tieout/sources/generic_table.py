"""Any table, by a mapping of its columns.

For files that no other format knows, and for a merchant's own exports: CSV, TSV and other delimited text, and workbooks.
The mapping names fields of any record of `tieout.model` (or of an attrs class of your own) and the captions that fill them;
`read` finds encoding, delimiter, sheet and header by itself. It is never found by `identify`, because without a mapping it
knows no column.

Options and their meaning: `tieout.sources._mapping.MAPPING_OPTIONS`; the same keys make a TOML file for `mapping=`.
"""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from tieout.errors import InputError
from tieout.sources._base import Fit
from tieout.sources._batch import Batch
from tieout.sources._document import Document
from tieout.sources._mapping import MAPPING_OPTIONS, format_of_mapping, merged_mapping
from tieout.sources._options import COMMON_OPTIONS
from tieout.sources._table_format import TableFormat

__all__ = ["FORMAT"]


@attrs.frozen(kw_only=True)
class GenericTable:
    """The format whose columns the caller says."""

    record: type = object
    carrier: None = None
    evidence: str = "mapping"
    options: Mapping[str, str] = MAPPING_OPTIONS

    def fit(self, document: Document) -> Fit:  # noqa: ARG002 - one signature for all formats
        """Nothing: without a mapping no column is known."""
        return Fit(is_match=False, found=0, share=0.0)

    def read(self, document: Document, *, name: str, options: Mapping[str, Any]) -> Batch:
        """Read a document by the mapping among the options."""
        table, common = self.as_table(options)
        opened = document.opened_as(encoding=common.get("encoding"), delimiter=common.get("delimiter"))
        return table.read(opened, name=name, options=common)

    def as_table(self, options: Mapping[str, Any]) -> tuple[TableFormat, dict[str, Any]]:
        """The format that the mapping among the options describes, and the other options.

        Raises:
            InputError: There is no such option, or the mapping makes no sense.
        """
        mapping = merged_mapping(options)
        unknown = sorted(set(mapping) - set(MAPPING_OPTIONS) - set(COMMON_OPTIONS))
        if unknown:
            known = ", ".join(sorted({*MAPPING_OPTIONS, *COMMON_OPTIONS}))
            raise InputError(f"format 'generic_table' has no option {', '.join(unknown)}; its options: {known}")
        common = {option: value for option, value in mapping.items() if option in COMMON_OPTIONS}
        return format_of_mapping(mapping), common


FORMAT: Final = GenericTable()
