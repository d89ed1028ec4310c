"""The exception tree, what each error says, and the page that shows it.

`tests/errors/<room>/<case>.py` is a program that goes wrong, `<case>.txt` beside it what it is told. The page
`docs/reference/errors.md` is written from both. `TIEOUT_UPDATE_GOLDENS=1 pytest tests/test_errors.py` rewrites texts and page.
"""

import inspect
import os
import pickle
import re
import sys
from pathlib import Path

import pytest

from tieout import errors
from tieout.errors import TieoutError, UnidentifiedFile

ROOT = Path(__file__).parent.parent
GALLERY = Path(__file__).parent / "errors"
PAGE = ROOT / "docs" / "reference" / "errors.md"
CASES = sorted(GALLERY.glob("*/*.py"))
UPDATE = "TIEOUT_UPDATE_GOLDENS"
# Classes that stand above others, or that another room's data alone can bring about.
NEVER_RAISED_ITSELF = {"TieoutError", "MoneyError"}


def classes():
    """All classes of the tree, each before its subclasses, siblings as `tieout.errors` defines them."""

    def walk(kind):
        yield kind
        for child in kind.__subclasses__():
            yield from walk(child)

    return [kind for kind in walk(TieoutError) if kind.__module__ == "tieout.errors"]


def builtins_of(kind):
    """The built-in errors that a class itself adds to its parent."""
    return [base.__name__ for base in kind.__bases__ if base.__module__ == "builtins" and base is not Exception]


def drawn(kind, indent=""):
    """The tree below a class, as the docstring draws it."""
    children = [child for child in classes() if kind in child.__bases__]
    for child in children:
        added = builtins_of(child)
        is_last = child is children[-1]
        yield f"{indent}{'└' if is_last else '├'}── {child.__name__}{f' ({added[0]})' if added else ''}"
        yield from drawn(child, indent + ("    " if is_last else "│   "))


def test_the_docstring_draws_the_tree_as_it_is():
    picture = re.search(r"```\n(.*?)```", errors.__doc__, flags=re.DOTALL)[1]

    assert ["TieoutError", *drawn(TieoutError)] == picture.splitlines()


def test_every_class_refines_one_built_in_at_most_and_is_exported():
    assert sorted(kind.__name__ for kind in classes()) == errors.__all__
    assert [] == [kind for kind in classes() if len(builtins_of(kind)) > 1]


def test_every_class_is_also_a_built_in_error():
    assert [] == [
        kind for kind in classes()[1:] if not issubclass(kind, (ValueError, LookupError, TypeError, ImportError))
    ]


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_every_field_of_an_error_is_documented(kind):
    fields = re.findall(r"self\.(\w+) = ", inspect.getsource(kind.__init__)) if "__init__" in vars(kind) else []
    listed = re.findall(r"^    (\w+): \S", inspect.getdoc(kind).partition("Attributes:")[2], flags=re.MULTILINE)

    assert sorted(listed) == sorted(fields)


def test_an_error_tells_where_what_and_what_to_do():
    error = TieoutError("12,5O is not an amount", where="bill.csv:14", hint="it has a letter O")

    assert "bill.csv:14: 12,5O is not an amount\nHint: it has a letter O" == str(error)
    assert "12,5O is not an amount" == str(TieoutError("12,5O is not an amount"))
    assert ("12,5O is not an amount", "bill.csv:14", "it has a letter O") == (error.problem, error.where, error.hint)


def test_a_file_of_no_format_is_told_the_nearest_ones():
    error = UnidentifiedFile(
        where="bill.csv", nearest=[("sf_monthly_bill", ["应付金额", "日期"]), ("generic_table", [])]
    )

    assert (("sf_monthly_bill", ("应付金额", "日期")), ("generic_table", ())) == error.nearest
    assert (
        "bill.csv: no known format fits this file's content; nearest: sf_monthly_bill (missing: 应付金额, 日期); "
        "generic_table (missing: nothing)" == str(error)
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_a_program_that_goes_wrong_is_told_so(case, tmp_path, monkeypatch):
    error = raised_by(case, tmp_path, monkeypatch)
    text = f"{type(error).__name__}\n{error}\n"
    golden = case.with_suffix(".txt")
    if os.environ.get(UPDATE):
        assert not os.environ.get("CI"), f"{UPDATE} is refused on CI: goldens change by a person's hand only"
        golden.write_text(text, encoding="utf-8")

    assert golden.read_text(encoding="utf-8") == text


def test_an_error_is_called_and_pickled_by_the_name_that_programs_import():
    assert {"tieout.errors"} == {kind.__module__ for kind in map(vars(errors).get, errors.__all__)}
    assert {kind.__name__ for kind in classes()} == set(errors.__all__)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_an_error_keeps_its_fields_between_processes(case, tmp_path, monkeypatch):
    error = raised_by(case, tmp_path, monkeypatch)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert (type(error), str(error)) == (type(again), str(again))
    assert error.__dict__ == again.__dict__


def test_every_class_has_a_program_that_raises_it():
    told = {golden.read_text(encoding="utf-8").partition("\n")[0] for golden in GALLERY.glob("*/*.txt")}

    assert set() == {kind.__name__ for kind in classes()} - told - NEVER_RAISED_ITSELF
    assert set() == told - {kind.__name__ for kind in classes()}


def test_every_expected_text_has_its_program():
    assert sorted(GALLERY.glob("*/*.txt")) == [case.with_suffix(".txt") for case in CASES]


def test_the_page_shows_every_class_and_every_program():
    page = "\n".join(page_lines()).rstrip() + "\n"
    if os.environ.get(UPDATE):
        assert not os.environ.get("CI"), f"{UPDATE} is refused on CI: goldens change by a person's hand only"
        PAGE.write_text(page, encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page


def raised_by(case, folder, monkeypatch):
    """The error that a program ends with, run in an empty folder; modules that it takes away come back."""
    monkeypatch.chdir(folder)
    program = compile(case.read_text(encoding="utf-8"), case.name, "exec")
    before = dict(sys.modules)
    try:
        with pytest.raises(TieoutError) as caught:
            exec(program, {"__name__": "__main__"})  # noqa: S102 - our own programs
    finally:
        for name in [name for name, module in sys.modules.items() if module is None]:
            del sys.modules[name]
        sys.modules.update(before)
    return caught.value


def page_lines():
    """The page: the tree, then every class with its meaning, its fields, and the programs that raise it."""
    picture = re.search(r"```\n.*?```", errors.__doc__, flags=re.DOTALL)[0]
    yield from [
        "# Errors",
        "",
        "<!-- Written by tests/test_errors.py; change the docstrings in errors.py instead. -->",
        "",
    ]
    yield "Everything that is raised for wrong use, or for input that cannot be taken, is a `tieout.errors.TieoutError`. Each class"
    yield "also refines a built-in error, and carries its facts as fields. What is wrong *in* data is never raised: it is a reject, a"
    yield "discrepancy or a check that does not hold."
    yield from ["", "```text", *picture.splitlines()[1:-1], "```", ""]
    shown = {}
    for case in CASES:
        name, _, text = case.with_suffix(".txt").read_text(encoding="utf-8").partition("\n")
        shown.setdefault(name, []).append((case, text))
    for kind in classes():
        yield from class_lines(kind, shown.get(kind.__name__, []))


def class_lines(kind, cases):
    sentence, _, rest = inspect.getdoc(kind).partition("\n\n")
    yield from [f"## {kind.__name__}", "", " ".join(sentence.split()), ""]
    fields = re.findall(r"^    (\w+): (.+(?:\n        .+)*)", rest.partition("Attributes:")[2], flags=re.MULTILINE)
    if fields:
        yield from [*(f"- `{name}`: {' '.join(meaning.split())}" for name, meaning in fields), ""]
    for case, text in cases:
        yield from [f"{sentence_of(case)}:", "", f"<!-- not run: it raises {kind.__name__} on purpose -->", ""]
        yield from ["```python", *case.read_text(encoding="utf-8").splitlines(), "```", ""]
        yield from ["```text", *text.splitlines(), "```", ""]


def sentence_of(case):
    """The name of a case as the start of a sentence."""
    words = case.stem.replace("_", " ")
    return words[0].upper() + words[1:]
