"""Settlements, channel transactions, payouts and bank transactions: money on its way to the merchant.

Lines here are cash-signed from the merchant's side: positive is gained, negative is lost (`domain.md` 2.2).
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import attrs
from moneyed import Money

from tieout.model._record import record
from tieout.model.provenance import SourceRecord

__all__ = [
    "BankTransaction",
    "BillKind",
    "ChannelTransaction",
    "Payout",
    "PayoutStatus",
    "Settlement",
    "SettlementLine",
    "SettlementLineType",
]


class SettlementLineType(StrEnum):
    """What a settlement line is (`domain.md` 4.2)."""

    SALE = "sale"
    PLATFORM_SUBSIDY = "platform_subsidy"
    INFLUENCER_SUBSIDY = "influencer_subsidy"
    GOV_SUBSIDY = "gov_subsidy"
    SHIPPING_INCOME = "shipping_income"
    SALE_REFUND = "sale_refund"
    SUBSIDY_CLAWBACK = "subsidy_clawback"
    COMMISSION = "commission"
    TECH_SERVICE_FEE = "tech_service_fee"
    INFLUENCER_COMMISSION = "influencer_commission"
    AFFILIATE = "affiliate"
    PAYMENT_FEE = "payment_fee"
    INSTALLMENT_FEE = "installment_fee"
    POINTS_FEE = "points_fee"
    FREIGHT_INSURANCE = "freight_insurance"
    AD_FEE = "ad_fee"
    FULFILMENT_FEE = "fulfilment_fee"
    STORAGE_FEE = "storage_fee"
    SHIPPING_FEE = "shipping_fee"
    PENALTY = "penalty"
    BUYER_COMPENSATION = "buyer_compensation"
    CLAIM_REIMBURSEMENT = "claim_reimbursement"
    FEE_REFUND = "fee_refund"
    DONATION = "donation"
    TAX_COLLECTED = "tax_collected"
    TAX_WITHHELD = "tax_withheld"
    RESERVE_HOLD = "reserve_hold"
    RESERVE_RELEASE = "reserve_release"
    DEPOSIT_PAY = "deposit_pay"
    DEPOSIT_RETURN = "deposit_return"
    AD_TOPUP = "ad_topup"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    FX_FEE = "fx_fee"
    INTEREST = "interest"
    ADJUSTMENT = "adjustment"
    UNKNOWN = "unknown"

    @property
    def is_gross(self) -> bool:
        """Whether it brings or takes back what the buyer and the funders pay, which is what a merchant is to receive."""
        return self.value in _GROSS

    @property
    def is_balance(self) -> bool:
        """Whether it is a movement of the balance sheet, which never reaches profit."""
        return self.value in _BALANCE


_GROSS = frozenset(
    {
        "sale",
        "shipping_income",
        "tax_collected",
        "platform_subsidy",
        "influencer_subsidy",
        "gov_subsidy",
        "sale_refund",
        "subsidy_clawback",
    }
)
_BALANCE = frozenset(
    {"reserve_hold", "reserve_release", "deposit_pay", "deposit_return", "ad_topup", "withdrawal", "transfer"}
)


class BillKind(StrEnum):
    """Whether a channel's bill lists trades or movements of the balance."""

    TRADE = "trade"
    FUND = "fund"


class PayoutStatus(StrEnum):
    """Stage of a payout (`domain.md` 2.7)."""

    SCHEDULED = "scheduled"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    RETRIED = "retried"
    CANCELLED = "cancelled"


@record
class SettlementLine(SourceRecord):
    """One movement that a platform settles.

    Attributes:
        settlement_id: Batch it belongs to; None when the platform settles line by line.
        platform: Platform code.
        shop_id: Shop on that platform.
        line_id: The platform's own id of the movement.
        type: What it is.
        platform_order_id: Order it concerns.
        platform_sub_order_id: Order line it concerns.
        refund_id: Refund it concerns.
        posted_at: When the platform booked it.
        amount: Signed: positive is gained.
        tax: Part of `amount` that is tax, signed alike.
        description: The platform's own words.
    """

    settlement_id: str | None = None
    platform: str | None = None
    shop_id: str | None = None
    line_id: str | None = None
    type: SettlementLineType
    platform_order_id: str | None = None
    platform_sub_order_id: str | None = None
    refund_id: str | None = None
    posted_at: datetime | None = None
    amount: Money
    tax: Money | None = None
    description: str | None = None

    @property
    def cash_effect(self) -> Money:
        """What the merchant gains: the signed amount."""
        return self.amount


@record
class Settlement(SourceRecord):
    """One settlement of a platform for one period.

    Attributes:
        settlement_id: The platform's number.
        platform: Platform code.
        shop_id: Shop on that platform.
        period_start: Start, inclusive.
        period_end: End, inclusive.
        currency: ISO 4217 code of its amounts.
        lines: Its movements; empty when they are kept in a table of their own.
        opening_balance: Balance carried in.
        closing_balance: Balance carried out.
        reserve_previous: Reserve of the period before that is released.
        reserve_current: Reserve that is held back now.
        net: What is to be paid out, signed.
    """

    settlement_id: str
    platform: str | None = None
    shop_id: str | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    currency: str
    lines: tuple[SettlementLine, ...] = ()
    opening_balance: Money | None = None
    closing_balance: Money | None = None
    reserve_previous: Money | None = None
    reserve_current: Money | None = None
    net: Money | None = None

    @property
    def cash_effect(self) -> Money:
        """What the merchant gains: the net."""
        return self.net if self.net is not None else Money(0, self.currency)


@record
class ChannelTransaction(SourceRecord):
    """One transaction of a payment channel (ChannelTxn in `domain.md`).

    Attributes:
        channel: Channel code, such as `alipay`, `wechat_pay`, `stripe`.
        bill_kind: Whether it stands on a trade bill or a fund bill.
        channel_txn_id: The channel's transaction number.
        channel_refund_id: The channel's refund number; None when it is no refund.
        merchant_order_no: Number the merchant sent.
        type: The channel's own word for what it is.
        amount: Signed gross amount: positive is gained.
        fee: Signed fee: negative is charged, positive is given back.
        net: amount + fee, signed.
        balance_after: Balance after it; None when the bill has no running balance.
        occurred_at: When the balance moved, or the trade happened.
        status: The channel's own status word.
    """

    channel: str
    bill_kind: BillKind | None = None
    channel_txn_id: str | None = None
    channel_refund_id: str | None = None
    merchant_order_no: str | None = None
    type: str | None = None
    amount: Money
    fee: Money | None = None
    net: Money | None = None
    balance_after: Money | None = None
    occurred_at: datetime | None = None
    status: str | None = None

    @property
    def cash_effect(self) -> Money:
        """What the merchant gains: the net where known, else the gross amount."""
        return self.net if self.net is not None else self.amount


@record
class Payout(SourceRecord):
    """One transfer of settled money to the merchant's bank (打款).

    Attributes:
        payout_id: The platform's number.
        platform: Platform or channel code.
        shop_id: Shop on that platform.
        settlement_ids: Settlements it pays.
        amount: Signed in the platform's ledger: negative leaves the platform balance.
        bank_amount: What is to arrive in the bank's own currency; None when it is the same currency.
        fx_rate: Bank currency per unit of the payout's currency; None without conversion.
        initiated_at: When it was started.
        expected_at: When it is to arrive.
        arrived_at: When it arrived.
        status: Stage of the payout.
        bank_account_tail: Last four digits of the account.
    """

    payout_id: str
    platform: str | None = None
    shop_id: str | None = None
    settlement_ids: tuple[str, ...] = ()
    amount: Money
    bank_amount: Money | None = attrs.field(default=None, metadata={"foreign": True})
    fx_rate: Decimal | None = None
    initiated_at: datetime | None = None
    expected_at: datetime | None = None
    arrived_at: datetime | None = None
    status: PayoutStatus | None = None
    bank_account_tail: str | None = None

    @property
    def cash_effect(self) -> Money:
        """What leaves the platform's balance: the signed amount."""
        return self.amount


@record
class BankTransaction(SourceRecord):
    """One line of a bank statement (BankLine in `domain.md`).

    Attributes:
        account: Account, masked to its last four digits.
        booked_on: Day the bank booked it.
        value_on: Day it counts for interest.
        amount: Signed: positive is received.
        balance_after: Balance after it; None when the statement has none.
        counterparty: Name of the other side, masked when it is a person.
        counterparty_account: Account of the other side, masked.
        memo: The bank's text.
        bank_ref: The bank's serial number; None when the statement has none.
    """

    account: str | None = None
    booked_on: date
    value_on: date | None = None
    amount: Money
    balance_after: Money | None = None
    counterparty: str | None = None
    counterparty_account: str | None = None
    memo: str | None = None
    bank_ref: str | None = None

    @property
    def cash_effect(self) -> Money:
        """What the merchant gains: the signed amount."""
        return self.amount
