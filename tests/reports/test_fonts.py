"""The Chinese font: where it comes from, and what it lacks."""

import sys

import pytest

from tieout.errors import InputError, MissingExtra
from tieout.reports.fonts import find_font


def test_the_packages_font_shows_what_a_voucher_says():
    font = find_font()

    assert "Noto Sans SC" == font.family
    assert frozenset() == font.missing("壹贰叁肆伍陆柒捌玖拾佰仟万亿圆整角分负 摘要 喆堃㛃 ¥12.50")


def test_serif_is_another_file():
    assert "Noto Serif SC" == find_font(serif=True).family


def test_a_character_that_the_font_lacks_is_seen_and_told():
    font = find_font()

    assert frozenset("𠮷") == font.missing("吉𠮷\n")
    assert "吉〓\n" == font.shown("吉𠮷\n")


def test_a_font_may_be_named():
    assert find_font(find_font(serif=True).path) == find_font(serif=True)


@pytest.mark.parametrize("name", ["none.otf", "text.otf", "text.txt"])
def test_what_is_no_font_is_refused(tmp_path, name):
    (tmp_path / "text.otf").write_text("a page")
    (tmp_path / "text.txt").write_text("a page")

    with pytest.raises(InputError, match=name):
        find_font(tmp_path / name)


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)

    with pytest.raises(MissingExtra, match=r"tieout\[pdf\]"):
        find_font()
