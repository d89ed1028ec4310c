"""The form of a carrier's declaration."""

import attrs

from tieout.keys.patterns import Evidence, Pattern

__all__ = ["SPECIMENS", "TAOBAO_RULES", "Carrier", "own_form", "s10", "shared_form"]

TAOBAO_RULES = "rules of Taobao's logistics.companies.get, as public programs quote them"
SPECIMENS = "public validators with specimen numbers; domain.md 2.1"


@attrs.frozen(kw_only=True)
class Carrier:
    """A company that carries parcels, as bills and exports name it.

    Attributes:
        code: Our word for it, lower case, such as `sf`.
        name: Its English name.
        name_zh: Its Chinese name; empty when it has none in use.
        aliases: Other names in files; legal forms and words such as 快递 or Express need not be repeated.
        patterns: The forms of its tracking numbers; empty when none is known well enough.
    """

    code: str
    name: str
    name_zh: str = ""
    aliases: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()


def s10(countries: str, *, service: str = "[A-Z]{2}") -> Pattern:
    """The Universal Postal Union's 13 characters: service, eight digits, check digit, issuing country.

    Args:
        countries: ISO 3166 alpha-2 codes, joined by `|`.
        service: Regular expression for the two letters of the service.
    """
    return Pattern(
        name="UPU S10",
        form=f"{service}[0-9]{{9}}(?:{countries})",
        lengths=(13,),
        is_distinctive=True,
        check="upu_s10",
        evidence=Evidence.VERIFIED,
        source="UPU standard S10-12",
    )


def own_form(name: str, form: str, *lengths: int, source: str = SPECIMENS) -> Pattern:
    """A form with letters that only this carrier uses, without a check digit, known from others' programs."""
    return Pattern(name=name, form=form, lengths=lengths, is_distinctive=True, source=source)


def shared_form(name: str, form: str, *lengths: int, source: str = TAOBAO_RULES) -> Pattern:
    """A form, mostly bare digits, that others use too, without a check digit, known from others' programs."""
    return Pattern(name=name, form=form, lengths=lengths, source=source)
