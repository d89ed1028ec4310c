"""Testing: the suite that a leaf of this package or of another one has to pass.

Floor 8. `FormatSuite` holds a source format to what every format must do, told from golden files alone: an input, and beside it
what reading it gives. It needs no test runner; each `Case` is called, and raises AssertionError with what was expected and found.

`ReconciliationSuite` does the same for a reconciliation, with random books in which the faults are known, and `LedgerSuite` for a
ledger, with vouchers that are hard to write.

```
import pytest
from tieout.testing import FormatSuite

SUITE = FormatSuite("village_bill", goldens="tests/golden/village_bill")

@pytest.mark.parametrize("case", SUITE.cases(), ids=str)
def test_the_format_does_what_every_format_must(case):
    case()
```
"""

from tieout.testing._golden import UPDATE_GOLDENS, Golden, golden_files
from tieout.testing._ledger_suite import LEDGER_CHECKS, LedgerSuite
from tieout.testing._reconciliation_suite import RECONCILIATION_CHECKS, ReconciliationSuite
from tieout.testing._snapshot import rows_of, snapshot
from tieout.testing._suite import CHECKS, Case, FormatSuite, check_format
from tieout.testing._worlds import World

__all__ = [
    "CHECKS",
    "LEDGER_CHECKS",
    "RECONCILIATION_CHECKS",
    "UPDATE_GOLDENS",
    "Case",
    "FormatSuite",
    "Golden",
    "LedgerSuite",
    "ReconciliationSuite",
    "World",
    "check_format",
    "golden_files",
    "rows_of",
    "snapshot",
]
