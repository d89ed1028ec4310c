"""Purchases: what suppliers bill, and what came in without an invoice.

Amounts of invoices include tax; a credit note is negative, with `document_kind` purchase_return.
"""

from tieout.posting.template import GROSS, NET, TAX, ByDetail, Vat, credit, debit
from tieout.posting.templates._roles import simple

__all__ = ["TEMPLATES"]

_GOODS = ByDetail("document_kind", {"purchase_return": "ap_accrued"}, default="inventory")

TEMPLATES = (
    simple(
        "purchase.invoiced",
        ("采购发票", "purchase invoice"),
        70,
        debit(_GOODS, NET),
        debit("vat_input", TAX),
        credit("ap_other", GROSS, aux=("supplier",)),
        code="V-35",
        vat=Vat.INPUT,
    ),
    simple(  # without VAT, which waits for the invoice
        "purchase.unbilled",
        ("采购暂估", "purchase accrual"),
        93,
        debit("inventory", GROSS),
        credit("ap_accrued", GROSS, aux=("supplier",)),
        code="V-35b",
        is_accrual=True,
    ),
)
