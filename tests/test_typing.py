"""The public API as type checkers see it.

Programs in `tests/typing/` say in comments what mypy tells of a line: `# E: ` the codes of errors, `# T: ` a revealed type. No
error and no type more or less may be told. The wording of errors is mypy's own affair and changes with it.
"""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "typing"
PROGRAMS = sorted(FOLDER.glob("program_*.py"))
ERROR = r"^(.+?\.py):(\d+): error: .+\[([\w-]+)\]$"
TYPE = r"^(.+?\.py):(\d+): note: Revealed type is \"(.+)\"$"


@pytest.fixture(scope="module")
def told():
    """What mypy tells: program, line, and code or type."""
    api = pytest.importorskip("mypy.api", reason="mypy is in tieout[lint], not in tieout[test]")
    options = ["--strict", "--config-file=", "--no-error-summary", "--show-error-codes", "--no-incremental"]
    output, problems, _ = api.run([*options, *map(str, PROGRAMS)])
    assert "" == problems
    found = re.findall(ERROR, output, flags=re.MULTILINE) + re.findall(TYPE, output, flags=re.MULTILINE)
    return [(Path(file).name, int(line), text.replace("builtins.", "")) for file, line, text in found]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_mypy_tells_what_the_program_says(program, told):
    expected = []
    for number, line in enumerate(program.read_text(encoding="utf-8").splitlines(), start=1):
        _, _, comment = line.partition("  # E: ")
        expected += [(number, code) for code in comment.split(", ") if code]
        _, _, comment = line.partition("  # T: ")
        expected += [(number, comment)] if comment else []

    assert sorted(expected) == sorted((line, text) for file, line, text in told if file == program.name)
