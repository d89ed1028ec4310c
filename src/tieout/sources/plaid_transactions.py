"""Plaid bank transactions (Plaid 银行交易数据).

A text made of the answers of Plaid's programming interface: the header, one movement a line, in any order of columns. Amounts
are positive when money leaves the account. What is pending is set apart; it comes again, with another number, once it is
booked.

Rules: Plaid's documentation of transactions, `formats.md` 6.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Memo, Party, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    evidence="files",
    columns=(
        Date("date", to="booked_on"),
        Memo("name", to="memo"),
        Amount("amount", to="amount", negate=True),
        Text("account_id", to="account"),
        Key("transaction_id", to="bank_ref"),
        Currency(("iso_currency_code", "unofficial_currency_code")),
        Text("pending", to="_pending"),
        Party("merchant_name", is_name=False, optional=True),
    ),
    is_apart=lambda cell: cell("pending").str.to_lowercase() == "true",
    ignored=(
        "website",
        "datetime",
        "logo_url",
        "category_id",
        "check_number",
        "account_owner",
        "authorized_date",
        "payment_channel",
        "transaction_code",
        "transaction_type",
        "merchant_entity_id",
        "authorized_datetime",
        "pending_transaction_id",
        "unofficial_currency_code",
        "personal_finance_category_icon_url",
        "counterparties__name",
        "counterparties__type",
        "counterparties__website",
        "counterparties__logo_url",
        "counterparties__entity_id",
        "counterparties__phone_number",
        "counterparties__confidence_level",
        "personal_finance_category__primary",
        "personal_finance_category__detailed",
        "personal_finance_category__confidence_level",
    ),
)
