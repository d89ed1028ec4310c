"""Work that ends its process, for the test that the fuzzer notices: a new process finds it by the module's name."""

import os
from pathlib import Path

from fuzz_sources import Harmed, harmed

__all__ = ["ended"]


def ended(path: Path, seed: int, numbers: range) -> Harmed:
    """As `harmed`, but that the second file ends the process."""
    return os._exit(1) if 2 in numbers else harmed(path, seed, numbers)
