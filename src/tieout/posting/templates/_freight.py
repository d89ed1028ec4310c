"""The freight account of a leg: what a courier carried decides which cost it is."""

from tieout.posting.template import ByDetail

__all__ = ["FREIGHT"]

# A round trip is a parcel that came back undelivered: nothing was sold by it, so the whole way is cost of a return.
FREIGHT = ByDetail(
    "leg",
    {
        "outbound": "freight_out",
        "reship": "freight_out",
        "exchange": "freight_out",
        "transfer": "freight_out",
        "return": "freight_return",
        "intercept": "freight_return",
        "round_trip": "freight_return",
        "reverse_pickup": "freight_return",
    },
)
