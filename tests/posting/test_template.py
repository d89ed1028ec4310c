"""Templates: found by file, balanced by declaration."""

from importlib import import_module
from pathlib import Path

import pytest

from tieout.errors import PluginError, PostingError, UnknownFormat
from tieout.posting import event_kinds, load_template, template
from tieout.posting.template import GROSS, NET, TAX, ByDetail, Side, Template, Title, Variant, credit, debit

FOLDER = Path(template.__file__).parent / "templates"
DOCS = Path(__file__).parents[2] / "docs" / "reference" / "posting.md"


def test_every_kind_of_the_courier_bill_has_a_template():
    assert (
        "courier.bill",
        "courier.claim_rejected",
        "courier.cod_fee",
        "courier.cod_remitted",
        "courier.cod_set_off",
        "courier.compensation",
        "courier.credit_note",
        "courier.dispute",
        "courier.paid",
        "courier.rounding",
        "courier.unbilled",
    ) == event_kinds()


@pytest.mark.parametrize("kind", event_kinds())
def test_every_template_has_a_title_and_a_line_in_the_docs(kind):
    module = import_module(f"tieout.posting.templates.{kind.replace('.', '_')}")

    assert module.__doc__.partition("\n")[0].endswith(".")
    assert f"`{kind}`" in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", event_kinds())
@pytest.mark.parametrize("policy", ["short_pay", "pay_and_claim"])
@pytest.mark.parametrize("taxpayer", ["general", "small_scale"])
def test_every_policy_finds_a_variant(kind, policy, taxpayer, make_book):
    book = make_book(dispute_policy=policy, taxpayer=taxpayer)

    assert load_template(kind).variant_for(book).code.startswith("V-")


def test_every_file_of_the_folder_is_found():
    names = {path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}

    assert names == {kind.replace(".", "_") for kind in event_kinds()}


def test_an_unknown_kind_lists_the_known():
    with pytest.raises(UnknownFormat, match=r"no event kind named 'courier.bribe'; known: courier.bill"):
        load_template("courier.bribe")


@pytest.mark.parametrize(
    "entries",
    [
        (debit("bank", GROSS), credit("wallet", NET)),
        (debit("bank", NET), debit("vat_input", TAX), credit("wallet", NET)),
        (debit("bank", GROSS), credit("wallet", -GROSS)),
        (debit("bank", GROSS),),
    ],
)
def test_a_template_that_cannot_balance_cannot_be_declared(entries):
    with pytest.raises(PostingError, match="template V-0: debits take"):
        Variant(code="V-0", entries=entries)


def test_net_and_tax_make_gross():
    variant = Variant(code="V-0", entries=(debit("a", NET), debit("b", TAX), credit("c", GROSS)))

    assert (1, 1) == variant.weight(Side.DEBIT) == variant.weight(Side.CREDIT)


@pytest.mark.parametrize("fields", [{}, {"entries": (debit("a", GROSS), credit("b", GROSS)), "memo": "why"}])
def test_a_variant_has_lines_or_a_memo(fields):
    with pytest.raises(PostingError, match="either lines or a memo"):
        Variant(code="V-0", **fields)


def test_policies_that_no_variant_fits_are_an_error(make_book):
    only = Variant(code="V-0", when={"taxpayer": "small_scale"}, memo="nothing")
    lone = Template(kind="x.y", title=Title(zh="x", en="x"), order=1, variants=(only,))

    with pytest.raises(PostingError, match=r"no variant of 'x.y' fits"):
        lone.variant_for(make_book())


def test_a_detail_chooses_the_role(make_event):
    roles = ByDetail("leg", {"outbound": "freight_out"})

    assert "freight_out" == roles.role_of(make_event())
    with pytest.raises(PostingError, match="detail 'leg' is missing; known: outbound"):
        roles.role_of(make_event(details={}))
    with pytest.raises(PostingError, match="detail 'leg' is 'moon'; known: outbound"):
        roles.role_of(make_event(details={"leg": "moon"}))


def test_a_module_that_declares_another_kind_is_broken(monkeypatch):
    monkeypatch.setattr(
        import_module("tieout.posting.templates.courier_paid"), "TEMPLATE", load_template("courier.bill")
    )

    with pytest.raises(PluginError, match=r"tieout.posting.templates.courier_paid: a Template named TEMPLATE"):
        load_template("courier.paid")
