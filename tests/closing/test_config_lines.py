"""The line of each key of a TOML text."""

import tomllib
from pathlib import Path

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tieout.closing.config_lines import lines_of

WHOLE = '''# a comment with [brackets] = 1
name = "a # no comment \\" ] }"  # one
"quoted key" = 'C:\\'
long = """
two = 2
\\"""three
"""
[ a . b ]
c.d = [  # here
  1, # one
  [2, 3],
  { e = "}", f = [4] },
]
[[list]]
x = 2026-10-01T00:00:00Z
[[list]]
[list.inner]
y = 1
[[list.more]]
z = {}
'''


def test_keys_elements_and_tables_stand_on_their_lines():
    assert {
        ("name",): 2, ("quoted key",): 3, ("long",): 4, ("a",): 8, ("a", "b"): 8, ("a", "b", "c"): 9,
        ("a", "b", "c", "d"): 9, ("a", "b", "c", "d", 0): 10, ("a", "b", "c", "d", 1): 11, ("a", "b", "c", "d", 1, 0): 11,
        ("a", "b", "c", "d", 1, 1): 11, ("a", "b", "c", "d", 2): 12, ("a", "b", "c", "d", 2, "e"): 12,
        ("a", "b", "c", "d", 2, "f"): 12, ("a", "b", "c", "d", 2, "f", 0): 12, ("list",): 14, ("list", 0): 14,
        ("list", 0, "x"): 15, ("list", 1): 16, ("list", 1, "inner"): 17, ("list", 1, "inner", "y"): 18,
        ("list", 1, "more"): 19, ("list", 1, "more", 0): 19, ("list", 1, "more", 0, "z"): 20,
    } == dict(lines_of(WHOLE))  # fmt: skip


def paths_of(value, path=()):
    """Every path of a parsed document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from paths_of(one, (*path, key))


KEYS = st.from_regex(r"[a-z]{1,3}|[a-z][ .#=\]][a-z]", fullmatch=True)
VALUES = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(0, 9), st.booleans()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_key_of_any_document_has_a_line(document):
    text = tomli_w.dumps(document)

    assert set(paths_of(tomllib.loads(text))) == set(lines_of(text))


def test_the_configs_of_this_package_have_a_line_for_every_key():
    for file in sorted(Path(__file__).parents[2].glob("src/tieout/**/*.toml")):
        text = file.read_text(encoding="utf-8")
        assert set(paths_of(tomllib.loads(text))) <= set(lines_of(text)), file.name
