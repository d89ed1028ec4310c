"""Files of settings that Windows' Notepad saved begin with a byte-order mark, which says nothing and is no fault."""

from tieout.casebook.policy_files import _read as policies_of
from tieout.posting.toml_files import read_toml
from tieout.reconciliations._common.toml_rules import text_of
from tieout.reports import ReportSpec

TEXT = 'name = "freight"\ntitle = "Freight"\nmeasures = ["courier_cost_per_parcel"]\n'


def test_settings_are_read_behind_a_byte_order_mark(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(TEXT, "utf-8-sig")
    said = {"name": "freight", "title": "Freight", "measures": ["courier_cost_per_parcel"]}

    assert said == read_toml(path, where="own.toml") == policies_of(path)
    assert TEXT == text_of(path)
    assert "freight" == ReportSpec.load(path).name
