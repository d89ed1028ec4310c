"""Place: the part of an address that prices depend on, and nothing personal."""

from tieout.model._record import record

__all__ = ["Place"]


@record
class Place:
    """Where a parcel leaves or arrives, as far as a price depends on it.

    Street, name and phone are deliberately absent: they are personal and no price needs them.

    Attributes:
        country: ISO 3166 alpha-2 code; None when domestic or unknown.
        province: First-level division as written in the source, such as `广东` or `广东省`.
        city: Second-level division.
        district: Third-level division.
        postcode: Postal code as text; leading zeros kept.
    """

    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    postcode: str | None = None
