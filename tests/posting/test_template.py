"""Templates: found by file, balanced by declaration."""

import os
import re
from importlib import import_module
from pathlib import Path

import pytest

from tieout.errors import PluginError, PostingError, UnknownFormat
from tieout.posting import event_kinds, load_template, post, template
from tieout.posting.template import GROSS, NET, TAX, Basis, Side, Template, Title, Variant, credit, debit

FOLDER = Path(template.__file__).parent / "templates"
POLICIES = [
    {"dispute_policy": dispute, "revenue": revenue, "platform_subsidy": subsidy, "records_advances": advances}
    for dispute, revenue, subsidy, advances in [
        ("short_pay", "on_shipment", "price", False),
        ("pay_and_claim", "on_signed", "service_income", True),
        ("short_pay", "on_completed", "price", True),
    ]
]
DOCS = Path(__file__).parents[2] / "docs" / "reference" / "events.md"
TABLES = "<!-- Written by tests/posting/test_template.py. -->"
WORDS = {Side.DEBIT: "Dr", Side.CREDIT: "Cr", Side.EITHER: "Dr or Cr"}


@pytest.mark.parametrize("kind", event_kinds())
def test_every_kind_has_a_title_in_two_languages(kind):
    title = load_template(kind).title

    assert re.search(r"[\u4e00-\u9fff]", title.zh)
    assert title.en.isascii()


def test_the_page_of_events_says_what_every_template_does():
    """`TIEOUT_UPDATE_GOLDENS=1` writes the tables anew."""
    page = DOCS.read_text(encoding="utf-8")
    head, _, _ = page.partition(TABLES)
    expected = "\n".join([f"{head}{TABLES}", *map(table_of, modules())])

    if os.environ.get("TIEOUT_UPDATE_GOLDENS"):
        DOCS.write_text(expected, encoding="utf-8")
    assert expected == page


def modules():
    names = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    return [import_module(f"tieout.posting.templates.{name}") for name in names]


def table_of(module):
    title, _, more = module.__doc__.partition("\n")
    rows = [row for item in module.TEMPLATES for row in rows_of(item)]
    lines = [
        f"\n## {title.rstrip('.')}\n",
        more.strip(),
        "",
        "| kind | where | entry | lines |",
        "|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def rows_of(item):
    kind = f"`{item.kind}`" + (", accrued" if item.is_accrual else "")
    for variant in item.variants:
        where = [
            f"{name}: {' or '.join(values.split('|'))}" for name, values in {**variant.when, **variant.details}.items()
        ]
        lines = " / ".join(
            "; ".join(
                f"{WORDS[side]} {role_text(entry.role)} {amount_text(entry.term)}"
                for entry in variant.entries
                if entry.side is side
            )
            for side in Side
            if any(entry.side is side for entry in variant.entries)
        )
        yield f"| {kind} | {', '.join(where)} | {variant.code} | {lines or variant.memo} |"
        kind = ""


def role_text(role):
    if isinstance(role, str):
        return role
    found = dict.fromkeys([*([role.default] if getattr(role, "default", None) else []), *role.roles.values()])
    return f"{' or '.join(found)} (by {getattr(role, 'key', None) or role.field})"


def amount_text(term):
    return f"{'-' if term.sign < 0 else ''}{term.part.value}"


@pytest.mark.parametrize("kind", event_kinds())
@pytest.mark.parametrize("chart", ["cn_small_business", "cn_enterprise", "ifrs"])
@pytest.mark.parametrize("taxpayer", ["general", "small_scale"])
def test_every_policy_finds_a_variant_whose_roles_the_chart_has(kind, chart, taxpayer, make_book):
    for policies in POLICIES:
        book = make_book(chart=chart, taxpayer=taxpayer, **policies)

        roles = load_template(kind).roles_in(book)

        assert {} == {gap.role: gap.problem for gap in book.check(roles)}


def test_every_file_of_the_folder_holds_templates():
    names = {path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}

    assert names == {name for name in names if import_module(f"tieout.posting.templates.{name}").TEMPLATES}
    assert len(event_kinds()) == sum(len(import_module(f"tieout.posting.templates.{name}").TEMPLATES) for name in names)


def test_an_unknown_kind_lists_the_known():
    with pytest.raises(UnknownFormat, match=r"no event kind named 'courier.bribe'; nearest: courier.bill"):
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
    with pytest.raises(PostingError, match="template V-0: debits less credits are"):
        Variant(code="V-0", entries=entries)


def test_a_part_for_every_figure_of_an_event():
    variant = Variant(code="V-0", entries=(debit("a", NET), debit("b", TAX), credit("c", GROSS)))

    assert variant.weight(Side.DEBIT) == variant.weight(Side.CREDIT)
    assert 1 == variant.weight(Side.DEBIT)[Basis.GROSS]


@pytest.mark.parametrize("fields", [{}, {"entries": (debit("a", GROSS), credit("b", GROSS)), "memo": "why"}])
def test_a_variant_has_lines_or_a_memo(fields):
    with pytest.raises(PostingError, match="either lines or a memo"):
        Variant(code="V-0", **fields)


def test_policies_that_no_variant_fits_are_an_error(make_book):
    only = Variant(code="V-0", when={"taxpayer": "small_scale"}, memo="nothing")
    lone = Template(kind="x.y", title=Title(zh="x", en="x"), order=1, variants=(only,))

    with pytest.raises(PostingError, match=r"no variant of 'x.y' fits"):
        lone.variants_for(make_book())


def test_an_unknown_detail_is_refused_and_a_missing_one_takes_the_default(make_event, make_book):
    fee = {"kind": "settlement.fee", "amount": "-9.50"}

    (voucher,) = post(make_event(**fee, details={}), book=make_book(), period="2026-10")
    assert "commission" == voucher.lines[0].role
    with pytest.raises(PostingError, match="detail 'line_type' is 'moon'; known: commission"):
        post(make_event(**fee, details={"line_type": "moon"}), book=make_book(), period="2026-10")


def test_a_module_without_templates_is_broken(monkeypatch):
    monkeypatch.setattr(import_module("tieout.posting.templates.bank"), "TEMPLATES", [])
    template.registry.cache_clear()

    with pytest.raises(PluginError, match=r"tieout.posting.templates.bank: a tuple of Template named TEMPLATES"):
        load_template("courier.paid")
    template.registry.cache_clear()


def test_a_kind_is_declared_once(monkeypatch):
    monkeypatch.setattr(import_module("tieout.posting.templates.sale"), "TEMPLATES", (load_template("bank.receipt"),))
    template.registry.cache_clear()

    with pytest.raises(PluginError, match=r"'bank.receipt' is declared in tieout.posting.templates.bank too"):
        load_template("courier.paid")
    template.registry.cache_clear()
