"""Sales: revenue by the book's policy, deposits of presales, and what an own channel takes before shipment.

Amounts are what the merchant receives, tax included, and positive; `subsidy` is what the platform funds of it. Details:
`receivable` (platform, cod, advance), `export`.
"""

from tieout.posting.template import GROSS, NET, TAX, Template, Title, Variant, Vat, credit, debit
from tieout.posting.templates._roles import OUTPUT_VAT, SERVICE_SALE, WHOLE_SALE

__all__ = ["TEMPLATES"]

_DEPOSITS = {"records_presale_deposits": "True"}


def _sale(stage: str, title: Title, policy: str) -> Template:
    return Template(
        kind=f"sale.{stage}",
        title=title,
        order=40,
        family="sale",
        vat=Vat.OUTPUT,
        variants=(
            Variant(code="V-01c", when={"revenue": policy, "platform_subsidy": "service_income"}, entries=SERVICE_SALE),
            Variant(code="V-01", when={"revenue": policy}, entries=WHOLE_SALE),
            Variant(memo="the book recognises revenue at another stage"),
        ),
    )


TEMPLATES = (
    _sale("shipped", Title(zh="销售", en="sale"), "on_shipment"),
    _sale("signed", Title(zh="销售", en="sale"), "on_signed"),
    _sale("completed", Title(zh="销售", en="sale"), "on_completed"),
    Template(
        kind="sale.deposit",
        title=Title(zh="预售定金", en="presale deposit"),
        order=39,
        vat=Vat.OUTPUT,
        variants=(
            Variant(
                code="V-29",
                when=_DEPOSITS,
                entries=(
                    debit("ar_platform", GROSS, aux=("customer",)),
                    credit("advance", NET),
                    credit("vat_pending", TAX),
                ),
            ),
            Variant(code="V-29", memo="the book does not record deposits: they are part of the sale"),
        ),
    ),
    Template(  # at the sale, of which the deposit is no part then
        kind="sale.deposit_turned",
        title=Title(zh="定金转收入", en="presale deposit turned into revenue"),
        order=41,
        vat=Vat.OUTPUT,
        variants=(
            Variant(
                code="V-29",
                when=_DEPOSITS,
                entries=(
                    debit("advance", NET),
                    debit("vat_pending", TAX),
                    credit("revenue", NET),
                    credit(OUTPUT_VAT, TAX),
                ),
            ),
            Variant(code="V-29", memo="the book does not record deposits: they are part of the sale"),
        ),
    ),
    Template(
        kind="sale.prepaid",
        title=Title(zh="预收货款", en="advance from buyers"),
        order=39,
        variants=(
            Variant(when={"records_advances": "True"}, entries=(debit("wallet", GROSS), credit("advance", GROSS))),
            Variant(memo="the book does not record advances: the platform holds the money"),
        ),
    ),
)
