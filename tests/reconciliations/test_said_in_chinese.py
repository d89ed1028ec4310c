"""What findings say in Chinese: no code of ours that has a name."""

from datetime import date

import polars as pl
import pytest
from courier_world import card, charge, run, shipment

from tieout import model
from tieout.model import Provenance, wording
from tieout.reconciliations._common.findings import _CODES_ZH, FINDING_SCHEMA, with_play
from tieout.reconciliations._common.playbook import plays
from tieout.reconciliations._ledger_tieout.words import STOCK_ROLES, SUSPENSE_ROLES

CARD = card(
    """
[[versions]]
id = "2026"
from = 2025-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
prices = { model = "first_continued", first_weight = 1, first = 4.00, step = 1, continued = 1.20 }
"""
)


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        (model.ChargeType, wording.CHARGES),
        (model.SettlementLineType, wording.LINES),
        (model.DiscountKind, wording.DISCOUNTS),
        (model.OrderStatus, wording.ORDERS),
        (model.ShipmentStatus, wording.PARCELS),
        (model.ReturnKind, wording.AFTER_SALES),
        (model.ReturnStatus, wording.RETURNS),
        (model.FreightBearer, wording.BEARERS),
        (model.MovementType, wording.MOVEMENTS),
        (model.StockDocumentKind, wording.DOCUMENTS),
    ],
)
def test_every_code_of_a_record_has_its_names(kinds, names):
    assert {one.value for one in kinds} == set(names)
    assert all(len(pair) == 2 and all(pair) for pair in names.values())


def test_every_role_that_a_ledger_is_tied_to_has_its_names():
    assert {"ar_platform", "ap_courier", "reserve_held", "wallet", *STOCK_ROLES, *SUSPENSE_ROLES} <= set(wording.ROLES)


def test_a_bill_is_spoken_of_in_chinese_without_codes():
    lines = [charge("A1", "4.00"), charge("A1", "4.00"), charge("A1", "5.00", kind="remote_area")]

    said = {one.type: one.reason_zh for one in run(CARD, [shipment("A1", "0.8")], lines).discrepancies}

    assert said == {
        "courier.duplicate": "运单 A1 的运费已在账单 B1 计费",
        "courier.surcharge_not_in_contract": "合同无偏远附加费这一收费项",
    }


@pytest.mark.parametrize("in_history", [False, True])
def test_a_bill_without_a_number_is_named_by_the_line_that_charged_first(in_history):
    lines = [
        charge("A1", "4.00", bill_no=None, provenance=Provenance(file="中通.csv", sha256="b" * 64, line=line))
        for line in (2, 3)
    ]
    sides = {"history": lines[:1]} if in_history else {}

    (found,) = run(CARD, [shipment("A1", "0.8")], lines[1:] if in_history else lines, **sides).discrepancies

    assert ("already charged in line 中通.csv:2", "运单 A1 的运费已在账单 中通.csv:2 计费") == (
        found.reason,
        found.reason_zh,
    )


@pytest.mark.parametrize(
    ("kind", "keys", "said"),
    [
        (
            "promotion.funding_missing",
            '{"campaign":"platform_coupon,双11, 满减","flow":"platform_subsidy"}',
            "平台券,双11, 满减",
        ),
        ("promotion.funding_missing", '{"campaign":"x","flow":"gov_subsidy,platform_subsidy"}', "国补,平台补贴"),
        ("ledger.balance_mismatch", '{"tied":"ap_courier","balance_on":"2026-10-31"}', "2026-10-31 应付账款-快递："),
        (
            "order.status_conflict",
            '{"order_status":"closed","parcel_status":"signed"}',
            "“已关闭”，包裹状态为“已签收”",
        ),
    ],
)
def test_codes_are_named_and_what_people_named_stays_as_it_is(kind, keys, said):
    empty = pl.DataFrame(schema=dict(FINDING_SCHEMA))
    row = dict.fromkeys(FINDING_SCHEMA) | {
        "type": kind,
        "keys": keys,
        "evidence": "{}",
        "diffs": "{}",
        "is_note": False,
    }
    found = with_play(pl.DataFrame([row], schema=empty.schema), as_of=date(2026, 10, 31), severities={})

    assert said in found["reason_zh"][0]
    assert set(_CODES_ZH) <= {field for play in plays().values() for field in play.fields}
