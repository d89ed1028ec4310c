from tieout.money import Tolerance
from tieout.reconciliations import CourierBill
from tieout.tariffs import RateCard

card = RateCard.loads(
    """
    name = "ZTO 2026"
    carrier = "zto"
    currency = "CNY"
    [[versions]]
    id = "2026"
    from = 2026-01-01
    weight = { rounding = { mode = "ceil", step = 1 } }
    prices = { model = "first_continued", first_weight = 1, first = 3.20, step = 1, continued = 1.00 }
    """,
    name="zto.toml",
)
CourierBill(rate_card=card, tolerance=Tolerance.exact("USD"))
