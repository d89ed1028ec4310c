"""Carriers outside China.

Forms and check digits of UPS, FedEx, DHL, USPS, OnTrac and Amazon are those that the open collection
jkeen/tracking_number_data holds with specimen numbers; our tests hold specimens of each (marked verified). Posts are in
`carriers_postal`.
"""

from tieout.keys.carrier_table import Carrier
from tieout.keys.patterns import Evidence, Pattern

__all__ = ["WORLD_CARRIERS"]

_SPECIMENS = "jkeen/tracking_number_data, with specimen numbers"


def _form(name: str, form: str, *lengths: int, check: str | None = None, is_distinctive: bool = False) -> Pattern:
    return Pattern(
        name=name,
        form=form,
        lengths=lengths,
        check=check,
        is_distinctive=is_distinctive,
        evidence=Evidence.VERIFIED,
        source=_SPECIMENS,
    )


WORLD_CARRIERS = (
    Carrier(
        code="ups",
        name="UPS",
        name_zh="UPS快递",
        aliases=("United Parcel Service", "联合包裹"),
        patterns=(_form("UPS 1Z", "1Z[0-9A-Z]{15}[0-9]", 18, check="ups", is_distinctive=True),),
    ),
    Carrier(
        code="fedex",
        name="FedEx",
        name_zh="联邦快递",
        aliases=("Federal Express", "FedEx国际", "FedEx Ground", "FedEx SmartPost", "联邦"),
        patterns=(
            _form("FedEx Express 12", "[0-9]{12}", 12, check="fedex_12"),
            _form("FedEx Ground 15", "[0-9]{15}", 15, check="fedex_15"),
            _form("FedEx SmartPost 20", "[0-9]{20}", 20, check="fedex_20"),
            _form("FedEx SmartPost 22", "92[0-9]{20}", 22, check="usps_22"),
            _form("FedEx Ground 96", "96[0-9]{20}", 22, check="fedex_96"),
            _form("FedEx Express 34", "(?:100[0-9]{2}|96[0-9]{3})[0-9]{29}", 34, check="fedex_34"),
        ),
    ),
    Carrier(
        code="dhl",
        name="DHL",
        name_zh="敦豪快递",
        aliases=("DHL Express", "中外运敦豪", "敦豪", "DHL国际快递"),
        patterns=(
            _form("DHL Express 10", "[0-9]{10}", 10, check="dhl_10"),
            _form("DHL Express 11", "[0-9]{11}", 11, check="dhl_11"),
            _form("DHL piece", "J(?:JD|VGL)[0-9]{9,10}", 12, 13, 14, is_distinctive=True),
            _form("DHL eCommerce", "GM[0-9]{16,18}", 18, 19, 20, is_distinctive=True),
        ),
    ),
    Carrier(
        code="ontrac",
        name="OnTrac",
        aliases=("OnTrac",),
        patterns=(_form("OnTrac C or D", "[CD][0-9]{14}", 15, check="ontrac", is_distinctive=True),),
    ),
    Carrier(
        code="amazon_logistics",
        name="Amazon Logistics",
        name_zh="亚马逊物流",
        aliases=("AMZL", "Amazon Shipping", "AMZN"),
        patterns=(_form("Amazon TBA", "TBA[0-9]{12}", 15, is_distinctive=True),),
    ),
    Carrier(code="tnt", name="TNT", name_zh="TNT快递", aliases=("TNT Express",)),
    Carrier(code="aramex", name="Aramex", aliases=("Aramex",)),
    Carrier(code="dpd", name="DPD", aliases=("DPD",)),
    Carrier(code="gls", name="GLS", aliases=("GLS",)),
    Carrier(code="evri", name="Evri", aliases=("Hermes", "Evri")),
    Carrier(code="delhivery", name="Delhivery", aliases=("Delhivery",)),
    Carrier(code="blue_dart", name="Blue Dart", aliases=("BlueDart",)),
)
"""One declaration a carrier; a new one needs no other edit."""
