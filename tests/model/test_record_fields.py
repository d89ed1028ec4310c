"""Every record of DESIGN.md's list is there, with the fields of domain.md 2.3, and each field is documented."""

import inspect
import re
from enum import StrEnum

import attrs
import pytest

from strategies import ALL_RECORDS, record_classes
from tieout import model
from tieout.model import SourceRecord

# DESIGN.md section 2, floor 1.
DESIGN = """
Order, OrderLine, Discount, Payment, Shipment, Return, ReturnLine, Refund, CourierInvoice, CourierCharge, Settlement,
SettlementLine, ChannelTransaction, Payout, BankTransaction, StockMovement, StockCount, MatchGroup, Discrepancy, Event,
Voucher, JournalLine, Provenance
"""
# domain.md 2.3 and 7.5; the names are the code's where those pages say it otherwise.
FIELDS = {
    "Order": "platform shop_id platform_order_id merchant_order_no status created_at paid_at shipped_at signed_at completed_at "
    "closed_at currency lines discounts payments freight_charged adjustment tax_included buyer_ref ship_to is_presale "
    "is_cod is_cross_border",
    "OrderLine": "platform_sub_order_id sku platform_sku_id title quantity unit_price line_discount allocated_discount line_paid "
    "tax_rate unit_cost",
    "Discount": "kind funder merchant_share amount code stackable_group line_id settled_to_merchant",
    "Payment": "channel merchant_order_no channel_txn_id amount paid_at status phase",
    "Shipment": "carrier tracking_no label_created_at voided_at picked_up_at signed_at status direction warehouse weight_scale_g "
    "weight_theoretical_g length_cm width_cm height_cm declared_value cod_amount service dest sender_ref lines pieces",
    "ShipmentLine": "platform_order_id platform_sub_order_id sku quantity",
    "Return": "return_id platform_order_id platform_sub_order_id kind stage reason_code responsible_party status applied_at "
    "approved_at returned_at received_at closed_at lines return_tracking_no refund_ids exchange_tracking_no freight_bearer "
    "compensation",
    "ReturnLine": "sku quantity_requested quantity_received condition",
    "Refund": "refund_id version return_id platform_order_id platform_sub_order_id amount_requested amount_approved amount goods "
    "freight platform_subsidy_clawback points_returned coupons_returned status applied_at approved_at succeeded_at channel "
    "channel_refund_id funded_from",
    "CourierInvoice": "carrier bill_no period_start period_end account_no currency total adjustments due_date",
    "CourierCharge": "bill_no tracking_no charge_type leg ship_date origin dest billed_weight_g weight_kind zone_billed amount "
    "vat_rate contract_ref raw",
    "Settlement": "settlement_id platform shop_id period_start period_end currency lines opening_balance closing_balance "
    "reserve_previous reserve_current net",
    "SettlementLine": "line_id type platform_order_id platform_sub_order_id refund_id posted_at amount tax description",
    "Payout": "payout_id settlement_ids amount bank_amount fx_rate initiated_at expected_at arrived_at status bank_account_tail",
    "ChannelTransaction": "channel bill_kind channel_txn_id channel_refund_id merchant_order_no type amount fee net balance_after "
    "occurred_at",
    "BankTransaction": "account booked_on amount balance_after counterparty counterparty_account memo bank_ref",
    "StockMovement": "movement_id type warehouse sku batch quantity unit_cost document_ref platform_order_id return_id tracking_no "
    "occurred_at condition",
    "StockCount": "count_id warehouse as_of lines status",
    "StockCountLine": "sku book_quantity counted_quantity recount_quantity",
    "StockDocument": "kind document_id order_ref supplier warehouse to_warehouse issued_on expected_on status currency lines",
    "StockDocumentLine": "sku batch quantity unit_price tax_rate",
    "MatchGroup": "group rule status score left right left_positions right_positions",
    "Discrepancy": "discrepancy_id type severity impact period evidence state owner due_on cause resolution expected actual keys "
    "provenance",
    "Event": "event_id kind occurred_on document amount sources",
    "Voucher": "book_id period word number part parts date attachments_count lines preparer reviewer poster cashier supervisor "
    "status source_refs reversal_of kind event_ids",
    "JournalLine": "line_no summary account debit credit foreign_amount fx_rate tax_rate tax_base quantity unit_price aux "
    "cash_flow_item",
    "Provenance": "file sha256 sheet line",
}
FROM_SOURCES = """
Order Payment Shipment Return Refund CourierInvoice CourierCharge Settlement SettlementLine ChannelTransaction Payout
BankTransaction StockMovement StockDocument StockCount LedgerLine AccountBalance SubledgerBalance SubledgerMovement
Article Complaint
"""


def names(kind):
    return [field.name for field in attrs.fields(kind)]


@pytest.mark.parametrize("name", DESIGN.replace(",", " ").split())
def test_every_record_of_the_design_is_exported(name):
    assert name in model.__all__


@pytest.mark.parametrize("name", FIELDS)
def test_a_record_has_the_fields_of_the_domain(name):
    assert [] == [field for field in FIELDS[name].split() if field not in names(getattr(model, name))]


@pytest.mark.parametrize("name", FROM_SOURCES.split())
def test_what_comes_from_a_source_can_name_book_source_time_and_raw_cells(name):
    assert issubclass(getattr(model, name), SourceRecord)
    assert ["book_id", "created_at", "provenance", "raw"] == names(SourceRecord)


def test_the_strategies_know_every_record_class():
    assert set(record_classes()) - {SourceRecord} == set(ALL_RECORDS)


@pytest.mark.parametrize("kind", record_classes(), ids=lambda kind: kind.__name__)
def test_every_field_is_documented_in_the_class_that_adds_it(kind):
    inherited = {name for base in kind.__bases__ if attrs.has(base) for name in names(base)}

    assert [name for name in names(kind) if name not in inherited] == documented(kind)


@pytest.mark.parametrize("kind", record_classes(), ids=lambda kind: kind.__name__)
def test_every_amount_weight_length_and_rate_says_its_unit_or_sign(kind):
    silent = [
        field.name
        for field in attrs.fields(kind)
        if (field.name.endswith("_g") and "gram" not in described(kind, field.name))
        or (field.name.endswith("_cm") and "centimetre" not in described(kind, field.name))
        or (field.name.endswith("_rate") and not re.search("fraction|per unit", described(kind, field.name)))
    ]

    assert [] == silent


@pytest.mark.parametrize(
    "kind",
    [
        value
        for value in map(model.__dict__.get, model.__all__)
        if isinstance(value, type) and issubclass(value, StrEnum)
    ],
    ids=lambda kind: kind.__name__,
)
def test_the_words_of_an_enum_are_its_members_in_lower_case(kind):
    assert [member.value.lower() for member in kind] == [member.name.lower() for member in kind]


def documented(kind):
    """Field names of the Attributes section, in order."""
    _, _, section = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    return re.findall(r"^    (\w+): \S", section, flags=re.MULTILINE)


def described(kind, name):
    """What the class, or the one it inherits from, says of a field."""
    for owner in kind.__mro__:
        found = re.search(rf"^    {name}: (.+(?:\n        .+)*)", inspect.getdoc(owner) or "", flags=re.MULTILINE)
        if found:
            return found[1]
    return ""
