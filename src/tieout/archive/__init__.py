"""Archive: packs of a book's evidence that prove by themselves, without a database, that nothing in them was changed.

Floor 2. `tieout.casebook` writes packs and signs them into its log; reading and verifying one needs nothing but Python.
"""

from tieout.archive.faults import Fault
from tieout.archive.links import GENESIS, entry_hash
from tieout.archive.manifest import MANIFEST, Manifest, PackedFile
from tieout.archive.reading import PackVerification, verify_pack
from tieout.archive.retention import RETENTION, Retention, retention_of
from tieout.archive.writing import write_pack

__all__ = [
    "GENESIS",
    "MANIFEST",
    "RETENTION",
    "Fault",
    "Manifest",
    "PackVerification",
    "PackedFile",
    "Retention",
    "entry_hash",
    "retention_of",
    "verify_pack",
    "write_pack",
]
