"""Types of the suite that formats of other packages are held to."""

from pathlib import Path
from typing import reveal_type

from tieout.testing import CHECKS, FormatSuite, check_format, golden_files, snapshot

suite = FormatSuite("village_bill", goldens="tests/golden")
reveal_type(suite.goldens)  # T: pathlib.Path
reveal_type(suite.cases())  # T: tuple[tieout.testing._suite.Case, ...]
reveal_type(suite.cases()[0]())  # T: None
reveal_type(suite.files()[0].batch)  # T: tieout.sources._batch.Batch
reveal_type(snapshot(suite.files()[0].batch))  # T: dict[str, Any]
reveal_type(golden_files(Path("tests")))  # T: list[pathlib.Path]
reveal_type(CHECKS["registered"])  # T: str
check_format("village_bill", Path("tests"), skip={"registered": "tried before it is installed"})
FormatSuite("village_bill")  # E: call-arg
FormatSuite("village_bill", goldens=1)  # E: arg-type
check_format("village_bill", "tests", False)  # E: call-arg
