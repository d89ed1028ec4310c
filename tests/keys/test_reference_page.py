"""The reference page names what the room has."""

from pathlib import Path

import pytest

from tieout import keys
from tieout.keys import CARRIERS, PLATFORMS, DamageKind

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "keys.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the docs are not part of an installed package")


def test_every_function_is_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    functions = [name for name in keys.__all__ if name.islower() and name != "carrier_of"]

    assert [] == [name for name in functions if f"`{name}`" not in page]


def test_every_carrier_and_platform_is_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    posts = {
        code for code, carrier in CARRIERS.items() if [pattern.check for pattern in carrier.patterns] == ["upu_s10"]
    } - {"upu"}

    assert [] == [code for code in CARRIERS if code not in posts and f"`{code}`" not in page]
    assert f"{len(posts)} more posts" in page
    assert [] == [name for name in PLATFORMS if f"`{name}`" not in page]


def test_every_kind_of_damage_is_on_the_page():
    page = PAGE.read_text(encoding="utf-8")

    assert [] == [kind for kind in DamageKind if f"| `{kind}` |" not in page]
