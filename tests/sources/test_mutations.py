"""Files that were harmed at random: our errors or a whole account of the lines, and nothing else.

`python tests/benchmarks/fuzz_sources.py 200000` does the same at length.
"""

import random

import pytest
from _mutations import GOLDENS, goldens, mutated
from fuzz_sources import verdict_of


@pytest.mark.parametrize("path", goldens(), ids=lambda path: path.relative_to(GOLDENS).as_posix())
def test_a_harmed_file_is_refused_or_accounted_for_line_by_line(path):
    rng = random.Random(path.name)
    data = path.read_bytes()

    found = {verdict_of(mutated(data, rng)) for _ in range(4)}

    assert set() == {verdict for verdict in found if not verdict.is_fine}
