"""The suite of formats finds out what is broken: a leaf of somebody else's, whole and broken in many ways."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tieout._discovery import leaves_of
from tieout.errors import InputError
from tieout.testing import CHECKS, UPDATE_GOLDENS, FormatSuite, check_format

_spec = importlib.util.spec_from_file_location("third_party", Path(__file__).with_name("third_party.py"))
third_party = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(third_party)

COUNT = iter(range(1_000))


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a leaf as the format `village_bill`; its goldens are those that the healthy leaf made."""
    goldens = tmp_path / "goldens"
    goldens.mkdir()
    (goldens / "bill.csv").write_text(third_party.BILL, "utf-8")
    for name in (UPDATE_GOLDENS, "CI"):
        monkeypatch.delenv(name, raising=False)

    def install(code):
        name = f"village_express_{next(COUNT)}"  # a module is loaded once, so each has a name of its own
        folder = tmp_path / name
        folder.mkdir()
        third_party.install(folder, name, code)
        monkeypatch.setattr(sys, "path", [str(folder), *(path for path in sys.path if tmp_path.as_posix() not in path)])
        leaves_of.cache_clear()
        return FormatSuite("village_bill", goldens=goldens)

    healthy = install(third_party.HEALTHY)
    with monkeypatch.context() as update:
        update.setenv(UPDATE_GOLDENS, "1")
        run(healthy, "read_as_the_golden_says")
    yield install
    leaves_of.cache_clear()
    for name in [name for name in sys.modules if name.startswith("village_express_")]:
        del sys.modules[name]


def run(suite, check):
    """Run one check of a suite that has one golden."""
    (case,) = [case for case in suite.cases() if case.check == check]
    case()


BROKEN = {
    "it drops the lines of refunds": (
        third_party.declared("shape=lambda frame, reading: frame.filter(pl.col('amount_minor') > 0)"),
        "every_line_accounted_for",
        "expected every line to be a record, a reject or set apart; found line 4",
    ),
    "it drops a line and says nothing of it in its own count": (
        third_party.wrapped(
            """
            def changed(self, batch, document):
                (lines,) = [check for check in batch.control.checks if check.name == "lines"]
                fewer = attrs.evolve(lines, total=lines.total - 1, parts={**lines.parts, "records": lines.parts["records"] - 1})
                proof = attrs.evolve(batch.control.proof, checks=(fewer,))
                source = attrs.evolve(batch.source, line_count=batch.source.line_count - 1)
                batch = attrs.evolve(batch, control=attrs.evolve(batch.control, proof=proof), source=source)
                return self.with_records(batch, batch.records.to_polars().head(-1))
            """
        ),
        "every_line_accounted_for",
        "expected a line_count of 6; found 5",
    ),
    "it takes a line that stands there twice for one": (
        third_party.wrapped(
            """
            def changed(self, batch, document):
                return self.with_records(batch, batch.records.to_polars().unique("tracking_no", keep="first", maintain_order=True))
            """
        ),
        "repeated_line_is_not_lost",
        "found line 3: no record, no reject, not set apart",
    ),
    "it counts its lines from another one": (
        third_party.wrapped(
            """
            def changed(self, batch, document):
                return self.with_records(batch, batch.records.to_polars().with_columns(pl.col("source_line") - 1))
            """
        ),
        "records_stand_on_their_lines",
        "expected a record of 00012345671 to stand on line 1, as it says; found it on line 2",
    ),
    "it shows a personal column": (
        third_party.wrapped(
            """
            def changed(self, batch, document):
                phones = [line.split(",")[3] for line in document.text.text.splitlines()[1:-1]]
                frame = batch.records.to_polars()
                return self.with_records(batch, frame.with_columns(description=pl.Series(phones[:len(frame)])))
            """
        ),
        "personal_data_stays_out",
        "expected the personal column '收件人手机' to be left out",
    ),
    "it shows whatever column it does not know": (
        third_party.wrapped(
            """
            def changed(self, batch, document):
                last = document.text.text.splitlines()[1].split(",")[6:]
                return attrs.evolve(batch, notes=(*batch.notes, Note("format.drift", f"unknown column with {last}")))
            """
        ),
        "personal_data_stays_out",
        "expected a personal column '收货人姓名' that is added to be left out",
    ),
    "it sets the total apart and does not look at it": (
        third_party.declared("is_apart=lambda cell: cell('业务时间') == '合计'"),
        "declared_totals_are_compared",
        "expected the total 8.50 that line 6 declares to be compared with the lines",
    ),
    "it completes a line that is cut off": (
        third_party.wrapped(
            """
            def read(self, document, *, name, options):
                head, *lines = document.text.text.splitlines()
                lines = [f"{line}{'0,' * (5 - line.count(','))}1" if line.count(",") < 5 else line for line in lines]
                whole = Document.of_bytes("\\n".join([head, *lines, ""]).encode())
                return self.inner.read(whole, name=name, options=options)
            """
        ),
        "cut_file_gives_nothing_strange",
        "expected a file cut after",
    ),
    "it takes a file of nothing for one without records": (
        third_party.wrapped(
            """
            def read(self, document, *, name, options):
                try:
                    return self.inner.read(document, name=name, options=options)
                except InputError:
                    return self.inner.read(Document.of_bytes("业务时间,运单号,结算重量,运费\\n".encode()), name=name, options=options)

            def fit(self, document):
                return Fit(is_match=True, found=100, share=1.0)
            """
        ),
        "empty_file_is_refused",
        "to be refused with an InputError; found that it is read",
    ),
    "it gives another result each time": (
        third_party.wrapped(
            """
            times = 0

            def changed(self, batch, document):
                self.times += 1
                return self.with_records(batch, batch.records.to_polars().with_columns(description=pl.lit(f"read {self.times}")))
            """
        ),
        "same_bytes_same_result",
        "expected the same when read twice",
    ),
    "it finds a column by its place": (
        third_party.wrapped(
            """
            def changed(self, batch, document):
                places = [line.split(",")[2] for line in document.text.text.splitlines()[1:]]
                frame = batch.records.to_polars()
                return self.with_records(batch, frame.with_columns(description=pl.Series(places[:len(frame)])))
            """
        ),
        "column_order_does_not_matter",
        "expected the same records when the columns stand the other way round",
    ),
    "it needs one encoding": (
        third_party.wrapped(
            """
            def changed(self, batch, document):
                size = batch.source.size_bytes
                return self.with_records(batch, batch.records.to_polars().with_columns(description=pl.lit(f"of {size} bytes")))
            """
        ),
        "encodings_do_not_matter",
        "expected the same records when written as",
    ),
    "it says nothing of a column that it does not know": (
        third_party.wrapped(
            """
            def changed(self, batch, document):
                return attrs.evolve(batch, notes=())
            """
        ),
        "unknown_column_is_told",
        "expected a note that names the unknown column",
    ),
    "it reads a file without any of its columns": (
        third_party.declared(
            "columns=[attrs.evolve(column, optional=True) for column in COLUMNS], constants={'tracking_no': 'x'}"
        ),
        "missing_column_is_refused",
        "expected at least one column whose absence is refused",
    ),
    "it does not know its own file": (
        third_party.wrapped(
            """
            def fit(self, document):
                return Fit(is_match=False, found=1, share=0.1)
            """
        ),
        "identified_as_its_own",
        "expected the file to be identified as village_bill; found None",
    ),
    "it reads a sign the wrong way round": (
        third_party.wrapped(
            """
            def changed(self, batch, document):
                return self.with_records(batch, batch.records.to_polars().with_columns(-pl.col("amount_minor")))
            """
        ),
        "read_as_the_golden_says",
        '-    "amount_minor": 200,\n',
    ),
    "it fails in a way of its own": (
        third_party.wrapped(
            """
            def read(self, document, *, name, options):
                return {}["运单号"]
            """
        ),
        "read_as_the_golden_says",
        "expected no error; found KeyError: '运单号'",
    ),
    "it has no title": (
        third_party.HEALTHY.partition("\n")[2],
        "registered",
        "expected a module whose docstring's first line is the title of the format",
    ),
    "it cannot be imported": (
        "import does_not_exist_anywhere\n",
        "registered",
        "No module named 'does_not_exist_anywhere'",
    ),
}


def test_a_whole_leaf_passes(install):
    install(third_party.HEALTHY).check()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_leaf_is_found_out(install, name):
    code, check, said = BROKEN[name]
    suite = install(code)

    with pytest.raises(AssertionError) as caught:
        run(suite, check)

    assert str(caught.value).startswith("village_bill")
    assert f": {check}: expected " in str(caught.value)
    assert said in str(caught.value)


def test_every_check_finds_something():
    assert set(CHECKS) - {"has_goldens"} == {check for _, check, _ in BROKEN.values()}


def test_all_that_fails_is_told_at_once(install):
    suite = install(third_party.declared("is_apart=lambda cell: cell('业务时间') == '合计'"))

    with pytest.raises(AssertionError) as caught:
        check_format("village_bill", suite.goldens)

    told = [part.partition(": ")[2].partition(": ")[0] for part in str(caught.value).split("\n\n")[1:]]
    assert ["read_as_the_golden_says", "declared_totals_are_compared"] == told
    assert str(caught.value).startswith("village_bill: 2 checks fail\n")


def test_a_format_that_is_not_installed_is_told(tmp_path):
    suite = FormatSuite("village_bill", goldens=tmp_path / "nowhere")

    with pytest.raises(
        AssertionError, match=r"an entry point of the group tieout.sources; found .* is the package installed"
    ):
        run(suite, "registered")
    with pytest.raises(AssertionError, match="expected an input file of the format in nowhere; found none"):
        run(suite, "has_goldens")
    assert 2 == len(suite.cases())


def test_a_golden_without_its_result_is_told_and_written_by_the_switch_alone(install, monkeypatch):
    suite = install(third_party.HEALTHY)
    (golden,) = suite.files()
    before = golden.expected.read_text("utf-8")
    golden.expected.unlink()

    with pytest.raises(
        AssertionError, match=r"expected bill\.csv\.json beside it; found none; set TIEOUT_UPDATE_GOLDENS=1"
    ):
        run(suite, "read_as_the_golden_says")
    monkeypatch.setenv(UPDATE_GOLDENS, "1")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(AssertionError, match="TIEOUT_UPDATE_GOLDENS on CI, where it is refused"):
        run(suite, "read_as_the_golden_says")
    assert not golden.expected.exists()
    monkeypatch.delenv("CI")
    run(suite, "read_as_the_golden_says")
    assert before == golden.expected.read_text("utf-8")


def test_a_check_is_left_out_with_a_reason_only(tmp_path):
    suite = FormatSuite("village_bill", goldens=tmp_path, skip={"registered": "tried before it is installed"})

    assert ["has_goldens"] == [case.check for case in suite.cases()]
    with pytest.raises(InputError, match="no reason is given for leaving out registered"):
        FormatSuite("village_bill", goldens=tmp_path, skip={"registered": " "})
    with pytest.raises(InputError, match="there is no check registerd"):
        FormatSuite("village_bill", goldens=tmp_path, skip={"registerd": "a slip"})


def test_the_suite_loads_no_test_runner():
    program = "import sys, tieout.testing; print({'pytest', '_pytest', 'hypothesis'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=False)

    assert ("set()\n", "") == (done.stdout, done.stderr)
