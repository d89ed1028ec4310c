"""Promotions: cash given back to buyers after the sale.

Amounts are what buyers got, positive.
"""

from tieout.posting.template import GROSS, NET, TAX, Template, Title, Variant, Vat, credit, debit
from tieout.posting.templates._roles import OUTPUT_VAT

__all__ = ["TEMPLATES"]

TEMPLATES = (
    Template(
        kind="promotion.cashback",
        title=Title(zh="返现", en="cashback"),
        order=56,
        vat=Vat.OUTPUT,
        variants=(
            Variant(
                code="V-38",
                when={"standard": "small_business"},
                entries=(debit("ads", GROSS), credit("wallet", GROSS)),
            ),
            Variant(  # paid to customers: it lowers revenue, as a partial refund does
                code="V-38", entries=(credit("wallet", GROSS), credit("revenue", -NET), credit(OUTPUT_VAT, -TAX))
            ),
        ),
    ),
)
