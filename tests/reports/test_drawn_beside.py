"""Charts drawn by a process of their own are those that are drawn here, and its failure is nobody's."""

import subprocess
import sys

import polars as pl
import pytest

from tieout.reports import Column, Section, drawn_beside, plots
from tieout.reports.drawn_beside import FEWEST, found_beside
from tieout.reports.plots import drawing_beside, section_plots

COLUMNS = (
    Column(name="shop", title="Shop", title_zh="店铺"),
    Column(name="amount_minor", title="Amount", title_zh="金额", kind="money"),
)


def chart(at):
    frame = pl.DataFrame({"shop": ["灯屋", "b", "c"], "amount_minor": [at, 500, -7], "currency": ["CNY"] * 3})
    said = {"title": f"By shop {at}", "title_zh": f"按店铺 {at}", "columns": COLUMNS, "frame": frame, "key": ("shop",)}
    (plot,) = section_plots(Section(name="by", plot="bars", **said), name=f"sales-{at}")
    return plot


@pytest.fixture
def charts():
    """Charts that nobody has drawn yet."""
    plots._svg_of.cache_clear()
    yield [chart(at) for at in range(1, FEWEST + 1)]
    plots._svg_of.cache_clear()


@pytest.fixture
def drawn(charts):
    """The same, drawn here."""
    found = [plot.svg("zh") for plot in charts]
    plots._svg_of.cache_clear()
    return found


def test_what_is_drawn_beside_is_what_is_drawn_here(charts, drawn, monkeypatch):
    with drawing_beside(charts, ("zh",)):
        monkeypatch.setattr(plots, "_drawing", None)  # whoever draws here fails
        assert drawn == [plot.svg("zh") for plot in charts]
    assert found_beside(charts[0].specification("zh")) is None


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "print('[')", "print('[]')", "import time; time.sleep(60)"])
def test_a_process_that_fails_leaves_the_drawing_to_who_wants_it(charts, drawn, monkeypatch, tmp_path, program):
    path = tmp_path / "program.py"
    path.write_text(program)
    monkeypatch.setattr(drawn_beside, "_PROGRAM", path)
    monkeypatch.setattr(drawn_beside, "_PATIENCE_S", 1)

    with drawing_beside(charts, ("zh",)):
        assert drawn == [plot.svg("zh") for plot in charts]


def test_where_no_process_can_be_started_they_are_drawn_here(charts, drawn, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))

    with drawing_beside(charts, ("zh",)):
        assert drawn == [plot.svg("zh") for plot in charts]


def test_a_frozen_program_is_not_started_again_to_draw(charts, drawn, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(drawn_beside.subprocess, "Popen", None)

    with drawing_beside(charts, ("zh",)):
        assert drawn == [plot.svg("zh") for plot in charts]


def test_an_error_meanwhile_ends_the_process(charts, monkeypatch, tmp_path):
    path = tmp_path / "program.py"
    path.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(drawn_beside, "_PROGRAM", path)
    begun = []

    class Noted(subprocess.Popen):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            begun.append(self)

    monkeypatch.setattr(drawn_beside.subprocess, "Popen", Noted)
    with pytest.raises(ZeroDivisionError), drawing_beside(charts, ("zh",)):
        raise ZeroDivisionError

    (process,) = begun
    assert process.returncode not in {None, 0}


def test_few_charts_are_not_worth_a_process(charts, monkeypatch):
    monkeypatch.setattr(drawn_beside.subprocess, "Popen", None)

    with drawing_beside(charts[1:], ("en",)):
        assert all(plot.svg("en") for plot in charts[1:])


def test_the_process_gets_the_fonts_and_finds_the_standard_library_whatever_lies_beside_it(monkeypatch, tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit(1)")
    path = tmp_path / "program.py"
    path.write_text(f"import json, sys\nprint(json.dumps([' '.join(sys.argv[1:])] * {FEWEST}))")
    monkeypatch.setattr(drawn_beside, "_PROGRAM", path)
    specs = [str(at) for at in range(FEWEST)]

    with drawn_beside.drawn_beside(specs, fonts=["one", "two"]):
        assert ["one two"] * FEWEST == [found_beside(spec) for spec in specs]
