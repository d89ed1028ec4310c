"""Signs, types, amounts and balances that a mapping says."""

import pytest

import tieout
from tieout.errors import InputError
from tieout.model import BankTransaction, CourierCharge, SettlementLine

TWO = "日期,收,支,余额\n2026-07-01,10.00,{first},{balance}\n2026-07-02,,{second},\n"
WAY = "日期,金额,方向\n2026-07-01,10.00,贷\n2026-07-02,{loss},借\n"


def read(text, record=BankTransaction, **more):
    return tieout.read(text.encode(), format="generic_table", record=record, **{"currency": "CNY", **more})


def amounts(batch):
    return [int(record.amount.amount * 100) for record in batch.records]


def signed(text, **amount):
    return amounts(read(text, columns={"booked_on": "日期", "amount": amount}))


@pytest.mark.parametrize(("second", "rule", "expected"), [
    ("4.00", {}, [1000, -400]),
    ("-4.00", {}, [1000, -400]),
    ("-4.00", {"written": "plain"}, [1000, 400]),
    ("4.00", {"inverse": True}, [-1000, 400]),
    ("4.00", {"written": "signed"}, [1000, 400]),
    ("-4.00", {"written": "either"}, [1000, -400]),
])  # fmt: skip
def test_gains_and_losses_may_stand_in_two_columns(second, rule, expected):
    text = TWO.format(first="", second=second, balance="")

    assert expected == signed(text, gain="收", loss="支", **rule)


def test_a_line_with_a_gain_and_a_loss_is_what_both_make():
    assert [700, -400] == signed(TWO.format(first="3.00", second="4.00", balance=""), gain="收", loss="支")


@pytest.mark.parametrize(("loss", "rule", "expected"), [
    ("4.00", {}, [1000, -400]),
    ("-4.00", {}, [1000, -400]),
    ("-4.00", {"written": "plain"}, [1000, 400]),
    ("4.00", {"inverse": True}, [-1000, 400]),
])  # fmt: skip
def test_a_column_beside_may_say_the_direction(loss, rule, expected):
    assert expected == signed(WAY.format(loss=loss), column="金额", direction="方向", **rule)


def test_words_of_a_direction_are_those_that_are_known_and_those_that_are_said():
    text = WAY.format(loss="4.00").replace("借", "转出").replace("贷", "收入")

    assert [1000, -400] == signed(text, column="金额", direction="方向", words={"转出": "loss"})
    assert ["value.unknown"] == [
        reject.reason
        for reject in read(
            text, columns={"booked_on": "日期", "amount": {"column": "金额", "direction": "方向"}}
        ).rejects
    ]


@pytest.mark.parametrize(("text", "what"), [
    ("日期,收,支\n2026-07-01,,4.00\n2026-07-02,,-4.00\n", "losses stand with a minus and without"),
    ("日期,收,支\n2026-07-01,-3.00,\n2026-07-02,,4.00\n", "gains stand with a minus"),
])  # fmt: skip
def test_figures_that_could_mean_two_things_are_refused(text, what):
    with pytest.raises(InputError, match=f"{what}, which can mean two things"):
        signed(text, gain="收", loss="支")


def test_one_column_may_be_of_the_other_sides_point_of_view():
    assert [-1000, -400] == signed(WAY.format(loss="4.00"), column="金额", inverse=True)


def test_a_line_that_says_no_amount_is_a_reject():
    batch = read(
        "日期,收,支\n2026-07-01,,\n2026-07-02,,4.00\n",
        columns={"booked_on": "日期", "amount": {"gain": "收", "loss": "支"}},
    )

    assert ([-400], ["the line says no amount"]) == (amounts(batch), [reject.problem for reject in batch.rejects])


LINES = "单号,业务,收,支\nA1,货款,10.00,\nA1,货款,,3.00\nA1,佣金,,1.00\nA2,佣金,0.50,\nA2,别的,0.20,\nA3,,0.10,\n"


def test_types_are_told_by_words_and_the_sign():
    batch = read(
        LINES,
        SettlementLine,
        columns={"platform_order_id": "单号", "type": "业务", "amount": {"gain": "收", "loss": "支"}},
        types={"货款": ["sale", "sale_refund"], "佣金": ["fee_refund", "commission"]},
    )

    assert [("sale", 1000), ("sale_refund", -300), ("commission", -100), ("fee_refund", 50), ("unknown", 20), ("unknown", 10)] == (
        batch.records.to_polars().select("type", "amount_minor").rows()
    )  # fmt: skip
    assert ["货款", "货款", "佣金", "佣金", "别的", None] == [line.description for line in batch.records]
    assert ["2 lines are of an unknown type: 'blank' (1), '别的' (1)"] == [
        note.text for note in batch.notes if note.code == "line_type.unknown"
    ]


def test_several_amounts_become_several_lines_whose_net_is_checked():
    text = "单号,货款,佣金,运费,实结\nA1,10.00,-1.00,0.50,8.50\nA2,-4.00,0.40,,-3.60\nA3,1.00,0,0,2.00\n"
    batch = read(
        text,
        SettlementLine,
        columns={"platform_order_id": "单号"},
        amounts={
            "货款": ["sale", "sale_refund"],
            "佣金": {"type": ["fee_refund", "commission"]},
            "运费": {"type": "freight_insurance", "inverse": True, "description": "运费险"},
        },
        net="实结",
    )

    assert [
        ("A1", "sale", 1000, "货款"), ("A1", "commission", -100, "佣金"), ("A1", "freight_insurance", -50, "运费险"),
        ("A2", "sale_refund", -400, "货款"), ("A2", "fee_refund", 40, "佣金"), ("A3", "sale", 100, "货款"),
    ] == batch.records.to_polars().select("platform_order_id", "type", "amount_minor", "description").rows()  # fmt: skip
    assert not batch.control.holds
    assert [4] == [finding.line for finding in batch.control.findings]


def test_amounts_within_the_total_are_taken_out_of_it():
    batch = read(
        "单号,实结,佣金\nA1,9.00,-1.00\n",
        SettlementLine,
        columns={"platform_order_id": "单号", "amount": "实结"},
        amounts={"佣金": "commission"},
        amounts_included=True,
        constants={"type": "sale"},
    )

    assert [("sale", 1000), ("commission", -100)] == batch.records.to_polars().select("type", "amount_minor").rows()


BALANCES = "日期,金额,余额,账户\n2026-07-01,10.00,{},A\n2026-07-02,5.00,15.00,A\n2026-07-02,1.00,1.00,B\n"


def test_balances_are_checked_line_by_line_and_chain_by_chain():
    columns = {"booked_on": "日期", "amount": "金额", "balance_after": "余额", "account": "账户"}

    assert read(BALANCES.format("10.00"), columns=columns, check_balance="account").control.holds
    wrong = read(BALANCES.format("11.00"), columns=columns, check_balance="account").control
    assert (False, [3]) == (wrong.holds, [finding.line for finding in wrong.findings])
    assert not read(BALANCES.format("10.00"), columns=columns).control.holds
    assert read(BALANCES.format("10.00"), columns=columns, check_balance=False).control.holds


def test_balances_in_several_currencies_are_chains_of_their_own():
    text = "日期,金额,余额,币种\n2026-07-01,10.00,10.00,CNY\n2026-07-02,5.00,5.00,USD\n2026-07-02,1.00,11.00,CNY\n"
    columns = {"booked_on": "日期", "amount": "金额", "balance_after": "余额", "currency": "币种"}

    assert read(text, columns=columns, currency=None).control.holds
    with pytest.raises(InputError, match="told apart by the currency alone"):
        read(text, columns={**columns, "memo": "日期"}, currency=None, check_balance="memo")


def test_a_balance_that_no_field_holds_is_checked():
    columns = {"line_id": "单", "amount": "金额"}
    text = "单,金额,余额\n1,5.00,5.00\n2,-1.00,{}\n"
    said = {"record": SettlementLine, "columns": columns, "constants": {"type": "unknown"}, "balance": "余额"}

    assert read(text.format("4.00"), **said).control.holds
    assert not read(text.format("5.00"), **said).control.holds


COLUMNS = {"booked_on": "日期", "amount": {"gain": "收", "loss": "支"}}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"booked_on": "日期", "amount": {"gain": "收"}}}, "a signed amount is said by gain and loss"),
        ({"columns": {"booked_on": "日期", "amount": {"column": "收", "direction": "支", "colour": 1}}}, "a signed amount is said by"),
        ({"columns": {"booked_on": "日期", "amount": {"gain": "收", "loss": "支", "written": "so"}}}, "'so' is not a way of writing"),
        ({"columns": {"booked_on": "日期", "amount": {"column": "收", "direction": "支", "words": {"x": "in"}}}}, "mean 'gain' or 'loss'"),
        ({"columns": {"booked_on": "日期", "amount": "收", "memo": {"gain": "收", "loss": "支"}}}, "field 'memo' is no amount of money"),
        ({"columns": {"amount": {"gain": "收", "loss": "支"}}}, "BankTransaction needs booked_on"),
        ({"currency": None}, "BankTransaction needs currency"),
        ({"record": CourierCharge, "columns": {"amount": {"gain": "收", "loss": "支"}}, "constants": {"charge_type": "base"}}, "amounts of a CourierCharge are no gains"),
        ({"types": {"x": "sale"}}, "only a SettlementLine has types of lines"),
        ({"amounts": {"收": "sale"}}, "only a SettlementLine has amounts"),
        ({"record": SettlementLine, "columns": {"amount": "收"}}, "SettlementLine needs type"),
        ({"record": SettlementLine, "columns": {"amount": "收"}, "types": {"x": "sale"}}, "columns.type is needed"),
        ({"record": SettlementLine, "columns": {"type": "日期"}, "types": {"x": "sale"}}, "types are those of the field amount"),
        ({"record": SettlementLine, "columns": {"type": "日期", "amount": "收"}, "types": {"x": "sold"}}, "'sold' is no type of lines"),
        ({"record": SettlementLine, "columns": {"type": "日期", "amount": "收"}, "types": {"x": ["sale"] * 3}}, "is no type of lines"),
        ({"record": SettlementLine, "columns": {"type": "日期", "amount": "收"}, "types": {"(": "sale"}}, "is not a pattern"),
        ({"record": SettlementLine, "columns": {}, "amounts": {"收": {"kind": "sale"}}}, "an amount is said by type"),
        ({"columns": {**COLUMNS, "balance_after": "余额"}, "check_balance": "account"}, "field 'account' is named, but no column fills it"),
        ({"balance": {"colour": 1}}, "balance: a caption is needed"),
    ],
)  # fmt: skip
def test_rules_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        read(TWO.format(first="", second="4.00", balance="1"), **{"columns": COLUMNS, **options})
