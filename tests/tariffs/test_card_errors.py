"""A card that contradicts itself is refused, with the file, the dotted key, what was found and what was expected."""

from pathlib import Path
from typing import Any

import pytest

from tieout.errors import RateCardError
from tieout.tariffs import RateCard

TOP = 'name = "T"\ncarrier = "zto"\ncurrency = "CNY"\n'
VERSION = TOP + '[[versions]]\nid = "v1"\n'
WEIGHT = 'weight = { rounding = { mode = "ceil", step = 1 } }\n'
PRICES = 'prices = { model = "first_continued", first_weight = 1, first = 3.2, step = 1, continued = 1 }\n'
PLAIN = VERSION + WEIGHT + PRICES
ZONED = VERSION + WEIGHT + 'zones = { names = ["a", "b"] }\n'
SURCHARGE = PLAIN + '[[versions.surcharges]]\ncharge_type = "remote_area"\n'
MONTHLY = PLAIN + '[[monthly]]\nsettlement = "in_bill"\n'

CASES: list[tuple[str, str, str, str]] = [
    # the document
    ("name = ", "", "this is not valid TOML", ""),
    (VERSION.replace('"CNY"', '"RMB"'), "currency", "'RMB' is not an ISO 4217 currency code", "CNY"),
    (TOP, "versions", "a card needs at least one version", ""),
    (TOP.replace('carrier = "zto"\n', "") + VERSION[len(TOP) :] + WEIGHT + PRICES, "carrier", "the key 'carrier' is missing", ""),
    (PLAIN.replace('"T"', '" "'), "name", "a text is needed", ""),
    ("nmae = 'x'\n" + PLAIN, "nmae", "unknown key 'nmae'", "did you mean 'name'?"),
    ('weight_unit = "g"\n' + PLAIN, "weight_unit", "'g' is not supported; known: kg, lb", ""),
    # versions
    (PLAIN + "[[versions]]\nid = 'v1'\n" + WEIGHT + PRICES, "versions[1].id", "version id 'v1' is used twice", ""),
    (PLAIN + "[[versions]]\nid = 'v2'\n" + WEIGHT + PRICES, "versions[1].from", "version 'v2' [..., ...) overlaps version 'v1'", "'to' is exclusive"),
    (
        VERSION + "from = 2026-01-01\nto = 2026-04-02\n" + WEIGHT + PRICES + "[[versions]]\nid = 'v2'\nfrom = 2026-04-01\n" + WEIGHT + PRICES,
        "versions[1].from",
        "[2026-04-01, ...) overlaps version 'v1' [2026-01-01, 2026-04-02)",
        "",
    ),
    (VERSION + 'from = "2026-13-01"\n' + WEIGHT + PRICES, "versions[0].from", "'2026-13-01' is not a date", "2026-01-31"),
    (VERSION + "from = 2026-01-01T00:00:00\n" + WEIGHT + PRICES, "versions[0].from", "a date is needed", "without a time"),
    (VERSION + "from = 2026-04-01\nto = 2026-04-01\n" + WEIGHT + PRICES, "versions[0].to", "must come after 'from'", ""),
    (VERSION + WEIGHT, "versions[0].prices", "the key 'prices' is missing", ""),
    (VERSION + PRICES, "versions[0].weight", "how a weight is rounded is never assumed", ""),
    (PLAIN + "acounts = ['A']\n", "versions[0].acounts", "unknown key 'acounts'", "did you mean 'accounts'?"),
    (PLAIN + "accounts = [7]\n", "versions[0].accounts", "a list of texts is needed", ""),
    (PLAIN + "default_service = 'x'\n[versions.services.fast]\n[versions.services.slow]\n", "versions[0].default_service", "'x' is not one of the services fast, slow", ""),
    (PLAIN + "[versions.services.fast]\naliases = ['slow']\n[versions.services.slow]\n", "versions[0].services.fast.aliases", "'slow' already means another service", ""),
    (PLAIN + "[versions.services.fast]\npriecs = 1\n", "versions[0].services.fast.priecs", "unknown key 'priecs'", "did you mean 'prices'?"),
    (PLAIN + "[versions.services]\n", "versions[0].services", "a service is needed", ""),
    (PLAIN + "accounts = ['A']\n[[versions]]\nid = 'v2'\n" + WEIGHT + PRICES, "versions[1].from", "overlaps version 'v1'", ""),
    (PLAIN + "[[versions]]\nid = 'v2'\n" + WEIGHT + PRICES + "[versions.services.fast]\n", "versions[1].from", "overlaps version 'v1'", ""),
    (PLAIN + "[versions.services.fast]\n[[versions]]\nid = 'v2'\n" + WEIGHT + PRICES, "versions[1].from", "overlaps version 'v1'", ""),
    (PLAIN + "[versions.services.fast]\n[[versions]]\nid = 'v2'\n" + WEIGHT + PRICES + "[versions.services.fast]\n", "versions[1].from", "overlaps version 'v1'", ""),
    # prices
    (PLAIN.replace("3.2", "-3.2"), "versions[0].prices.first", "this may not be negative, found -3.2", ""),
    (PLAIN.replace("3.2", "nan"), "versions[0].prices.first", "a finite number is needed", ""),
    (PLAIN.replace("3.2", "inf"), "versions[0].prices.first", "a finite number is needed", ""),
    (PLAIN.replace("3.2", '"3,2"'), "versions[0].prices.first", "a number is needed, found '3,2'", ""),
    (PLAIN.replace("3.2", "true"), "versions[0].prices.first", "a number is needed, found True", ""),
    (PLAIN.replace("3.2", "3.2000001"), "versions[0].prices.first", "at most 6 decimals are possible", ""),
    (PLAIN.replace("3.2", "10000001"), "versions[0].prices.first", "a price of at most 10000000 is needed", ""),
    (PLAIN.replace("3.2", "1e-30"), "versions[0].prices.first", "at most 20 digits", ""),
    (PLAIN.replace("first = 3.2, ", ""), "versions[0].prices.first", "the key 'first' is missing", ""),
    (PLAIN.replace("continued = 1", "continued = 1, contined = 2"), "versions[0].prices.contined", "unknown key", "did you mean 'continued'?"),
    (PLAIN.replace('"first_continued"', '"first_contined"'), "versions[0].prices.model", "is not supported", "did you mean 'first_continued'?"),
    (PLAIN.replace("step = 1, c", "step = 0, c"), "versions[0].prices.step", "this must be more than 0", ""),
    (ZONED + "[versions.prices]\nmodel = 'per_kg'\nzones.c = { rate = 1 }\n", "versions[0].prices.zones.c", "zone 'c' is not one of this version's zones: a, b", ""),
    (ZONED + "[versions.prices]\nmodel = 'per_kg'\nzones.a = { rate = -1 }\n", "versions[0].prices.zones.a.rate", "this may not be negative", ""),
    (ZONED + "[versions.prices]\nmodel = 'per_kg'\nrate = -1\n[versions.prices.zones.a]\nmin_price = 1\n", "versions[0].prices.rate", "this may not be negative", ""),
    (ZONED + "[versions.prices]\nmodel = 'per_kg'\nzones.a = { rte = 1 }\n", "versions[0].prices.zones.a.rate", "the key 'rate' is missing", ""),
    (ZONED + "[versions.prices]\nmodel = 'per_kg'\n", "versions[0].prices", "no zone has a price", ""),
    (VERSION + WEIGHT + "prices = { model = 'tier_flat', tiers = [{ up_to = 1, price = 2 }, { up_to = 1, price = 3 }] }\n", "versions[0].prices.tiers[1].up_to", "the bounds must ascend, found 1 after 1", ""),
    (VERSION + WEIGHT + "prices = { model = 'tier_flat', tiers = [{ price = 2 }] }\n", "versions[0].prices.tiers", "every tier needs 'up_to'", ""),
    (VERSION + WEIGHT + "prices = { model = 'tier_flat', tiers = [{ up_to = 1, price = 2 }], beyond = 'tier_flat' }\n", "versions[0].prices.beyond", "is not supported", ""),
    (VERSION + WEIGHT + "prices = { model = 'zone_table', weights = [1, 2], prices = [3] }\n", "versions[0].prices.prices", "2 weights need as many prices, found 1", ""),
    (VERSION + WEIGHT + "prices = { model = 'zone_table', weights = [2, 1], prices = [3, 4] }\n", "versions[0].prices.weights", "the weights must ascend, found 1 after 2", ""),
    (VERSION + WEIGHT + "prices = { model = 'zone_table', file = 'x.csv' }\n", "versions[0].prices.file", "this card was not read from a file", "folder"),
    (VERSION + WEIGHT + "prices = { model = 'average_weight', price_model = 'per_kg', rate = 1 }\n", "versions[0].prices.average", "needs a table 'average'", ""),
    (
        VERSION + WEIGHT + "[versions.prices]\nmodel = 'segmented_continued'\nfirst_weight = 1\nfirst = 1\nstep = 1\nsegments = [{ price = 1 }, { up_to = 2, price = 1 }]\n",
        "versions[0].prices.segments[0].up_to",
        "only the last one may be without 'up_to'",
        "",
    ),
    (ZONED + "[versions.prices]\nzones.a = { model = 'label_fee', fee = 1 }\nzones.b = { model = 'per_kg', rate = 1 }\nmodel = 'per_kg'\n", "versions[0].prices.model", "label fees and freight cannot be mixed", ""),
    # zones
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a', 'a'] }\n", "versions[0].zones.names", "different zone names", ""),
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a'], default = 'b' }\n", "versions[0].zones.default", "zone 'b' is not one of", ""),
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a'], aliases = { A = 'b' } }\n", "versions[0].zones.aliases.A", "zone 'b' is not one of", ""),
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a'], rules = [{ zone = 'z', dest_provinces = ['广东'] }] }\n", "versions[0].zones.rules[0].zone", "zone 'z' is not one of", ""),
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a'], rules = [{ zone = 'a' }] }\n", "versions[0].zones.rules[0]", "this rule has no condition", "default"),
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a'], rules = [{ zone = 'a', same = 'region' }] }\n", "versions[0].zones.rules[0].same", "this version has no 'regions'", ""),
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a'], rules = [{ zone = 'a', dest_province = ['广东'] }] }\n", "versions[0].zones.rules[0].dest_province", "unknown key", "did you mean 'dest_provinces'?"),
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a'], rules = [{ zone = 'a', dest_cities = ['a/b/c'] }] }\n", "versions[0].zones.rules[0].dest_cities", "too many parts for a city", ""),
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a'], rules = [{ zone = 'a', dest_postcodes = ['9..10'] }] }\n", "versions[0].zones.rules[0].dest_postcodes", "not a range", "005..098"),
    (VERSION + WEIGHT + PRICES + "zones = { names = ['a'], rules = [{ zone = 'a', dest_postcodes = ['10..09'] }] }\n", "versions[0].zones.rules[0].dest_postcodes", "not a range", "005..098"),
    # weight and volume
    (VERSION + PRICES + "weight = {}\n", "versions[0].weight.rounding", "exactly one of 'rounding' and 'bands'", ""),
    (VERSION + PRICES + "weight = { rounding = { mode = 'round' , step = 1 } }\n", "versions[0].weight.rounding.mode", "'round' is not supported", ""),
    (VERSION + PRICES + "weight = { rounding = { mode = 'ceil' } }\n", "versions[0].weight.rounding.step", "the key 'step' is missing", ""),
    (VERSION + PRICES + "weight = { rounding = { mode = 'ceil', step = 1, grace = 0.1 } }\n", "versions[0].weight.rounding.grace", "unknown key", ""),
    (VERSION + PRICES + "weight = { rounding = { mode = 'grace_ceil', step = 1, grace = 1 } }\n", "versions[0].weight.rounding", "a grace from 0 to under the step 1", ""),
    (VERSION + PRICES + "weight = { rounding = { mode = 'exact', decimals = 9 } }\n", "versions[0].weight.rounding", "0 to 3 decimals", ""),
    (VERSION + PRICES + "weight = { rounding = { mode = 'ceil', step = 0.000000000001 } }\n", "versions[0].weight.rounding.step", "not a whole number of 1e-8 g", ""),
    (VERSION + PRICES + "weight = { bands = [{ below = 10, mode = 'exact' }] }\n", "versions[0].weight.bands[0].below", "the last one has none", ""),
    (VERSION + PRICES + "weight = { bands = [{ below = 10, mode = 'exact' }, { below = 5, mode = 'exact' }, { mode = 'exact' }] }\n", "versions[0].weight.bands[1].below", "bands must ascend, found 5 after 10", ""),
    (PLAIN + "volumetric = { mode = 'full' }\n", "versions[0].volumetric.divisor", "the key 'divisor' is missing", ""),
    (PLAIN + "volumetric = { divisor = 6000 }\n", "versions[0].volumetric.mode", "the key 'mode' is missing", ""),
    (PLAIN + "volumetric = { mode = 'full', divisor = 6 }\n", "versions[0].volumetric.divisor", "a divisor from 100 to 100000", ""),
    (PLAIN + "volumetric = { mode = 'full', divisor = 6000, routes = [{ divisor = 8000, zones = ['a'] }] }\n", "versions[0].volumetric.routes[0].zones", "it has none", ""),
    (PLAIN + "volumetric = { mode = 'full', divisor = 6000, trigger = { side = 60 } }\n", "versions[0].volumetric.trigger.side", "unknown key 'side'", "side_from"),
    # surcharges, fuel, returns, amounts
    (SURCHARGE, "versions[0].surcharges[0].when", "the key 'when' is missing", ""),
    (SURCHARGE + "when = 'remote'\namount = 1\n", "versions[0].surcharges[0].when", "the condition 'remote' needs dest_provinces", ""),
    (SURCHARGE + "when = 'always'\n", "versions[0].surcharges[0]", "this surcharge charges nothing", "amount"),
    (SURCHARGE.replace("remote_area", "remote_aera") + "when = 'always'\namount = 1\n", "versions[0].surcharges[0].charge_type", "is not supported", "did you mean 'remote_area'?"),
    (SURCHARGE + "when = 'always'\npercent = 5\n", "versions[0].surcharges[0].of", "the key 'of' is missing", ""),
    (SURCHARGE + "when = 'always'\nmin = 5\nmax = 4\n", "versions[0].surcharges[0].max", "the greatest amount 4 is below the least 5", ""),
    (SURCHARGE + "when = 'peak'\namount = 1\n", "versions[0].surcharges[0].when", "needs periods", ""),
    (SURCHARGE + "when = 'oversize'\namount = 1\n", "versions[0].surcharges[0].when", "needs a size limit", ""),
    (SURCHARGE + "when = 'overweight'\namount = 1\nweight_over = 30\nweight_basis = 'billing'\nminimum_weight = 40\n", "versions[0].surcharges[0].minimum_weight", "cannot depend on the billing weight", ""),
    (SURCHARGE + "when = 'oversize'\namount = 1\nlongest_side_over = 0.0000000001\n", "versions[0].surcharges[0].longest_side_over", "not a whole number of 1e-8 cm", ""),
    (SURCHARGE + "when = 'overweight'\namount = 1\nweight_over = 0.000000000001\n", "versions[0].surcharges[0].weight_over", "not a whole number of 1e-8 g", ""),
    (SURCHARGE + "when = 'always'\nrate = 1\nrate_over = 0.000000000001\n", "versions[0].surcharges[0].rate_over", "not a whole number of 1e-8 g", ""),
    (SURCHARGE.replace("[[versions.surcharges]]", "[versions.surcharges]"), "versions[0].surcharges", "an array of tables is needed", ""),
    (PLAIN + "fuel = 18.5\n", "versions[0].fuel", "a table is needed, found Decimal('18.5')", ""),
    (PLAIN + "returns = { mode = 'table', prices = { model = 'label_fee', fee = 1 } }\n", "versions[0].returns.prices.model", "cannot be priced by average weight or by label", ""),
    (SURCHARGE + "when = 'always'\namount = 1\nfuel = 'yes'\n", "versions[0].surcharges[0].fuel", "true or false is needed", ""),
    (PLAIN + "fuel = {}\n", "versions[0].fuel.percent", "exactly one of 'percent' and 'percents'", ""),
    (PLAIN + "fuel = { percent = 1001 }\n", "versions[0].fuel.percent", "a percentage of at most 1000", ""),
    (PLAIN + "fuel = { percents = [{ from = 2026-02-01, percent = 1 }, { from = 2026-01-01, percent = 2 }] }\n", "versions[0].fuel.percents[1].from", "the dates must ascend", ""),
    (PLAIN + "fuel = { percents = [{ from = 2026-01-01, to = 2026-02-02, percent = 1 }, { from = 2026-02-01, percent = 2 }] }\n", "versions[0].fuel.percents[1].from", "overlaps the entry before it", ""),
    (PLAIN + "fuel = { percents = [{ from = 2026-01-01, percent = 1 }, { from = 2026-01-01, percent = 2 }] }\n", "versions[0].fuel.percents[1].from", "the dates must ascend", ""),
    (PLAIN + "returns = { mode = 'half' }\n", "versions[0].returns.mode", "'half' is not supported", ""),
    (PLAIN + "returns = { mode = 'table' }\n", "versions[0].returns.prices", "needs a table 'prices'", ""),
    (PLAIN + "intercept = {}\n", "versions[0].intercept.fee", "the key 'fee' is missing", ""),
    (PLAIN + "amounts = { step = 0.015 }\n", "versions[0].amounts.step", "a multiple of 0.01 is needed", ""),
    (PLAIN + "discount = { percent = 101 }\n", "versions[0].discount.percent", "at most 100", ""),
    # terms and months
    (PLAIN + "[terms]\nclaim_window_days = 1.5\n", "terms.claim_window_days", "a whole number is needed", ""),
    (PLAIN + "[terms.lost]\nfreight = 3\n", "terms.lost.freight", "unknown key", "freight_multiple"),
    (PLAIN + "[terms]\ntimezone = 'Shanghai'\n", "terms.timezone", "not an IANA time zone", ""),
    (MONTHLY, "monthly[0].kind", "the key 'kind' is missing", ""),
    (MONTHLY + "kind = 'volume_tiers'\ndirection = 'percent_rebate'\nmode = 'whole'\n", "monthly[0].tiers", "the key 'tiers' is missing", ""),
    (MONTHLY + "kind = 'volume_tiers'\ndirection = 'percent_rebate'\nmode = 'whole'\ntiers = [{ from = 5, percent = 1 }, { from = 5, percent = 2 }]\n", "monthly[0].tiers[1].from", "the tiers must ascend, found 5 after 5", ""),
    (MONTHLY + "kind = 'volume_tiers'\ndirection = 'price_table_switch'\nmode = 'whole'\ntiers = [{ from = 5, price_table = 'x' }]\n", "monthly[0].tiers[0].price_table", "version 'v1' has no price table 'x'", ""),
    (MONTHLY + "kind = 'commitment'\n", "monthly[0].amount", "exactly one of 'parcels' and 'amount'", ""),
    (MONTHLY + "kind = 'commitment'\nparcels = 5\n", "monthly[0].fee_per_parcel", "needs a 'fee_per_parcel'", ""),
    (MONTHLY + "kind = 'commitment'\namount = 5\nservices = ['fast']\n", "monthly[0].services", "'fast' is not a service of this card: it has none", ""),
    (MONTHLY + "kind = 'commitment'\namount = 5\n" + "[[monthly]]\nsettlement = 'in_bill'\nkind = 'commitment'\namount = 6\n", "monthly[1].from", "overlaps one above", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "key", "problem", "hint"), CASES, ids=[f"{key}: {problem}" for _, key, problem, _ in CASES]
)
def test_a_bad_card_names_file_and_key(text: str, key: str, problem: str, hint: str) -> None:
    with pytest.raises(RateCardError) as caught:
        RateCard.loads(text, name="contract.toml")

    assert "contract.toml" == caught.value.file
    assert key == caught.value.key
    assert problem in caught.value.problem
    assert hint in caught.value.hint
    assert str(caught.value).startswith(f"contract.toml: {key}: " if key else "contract.toml: ")


def test_the_plain_cards_of_this_file_are_good() -> None:
    zoned = ZONED + "[versions.prices]\nmodel = 'per_kg'\nzones.a = { rate = 1 }\n"

    assert "v1" == RateCard.loads(PLAIN, name="x").versions[0].id
    assert ("a", "b") == RateCard.loads(zoned, name="x").versions[0].tariffs[""].zones.names


def test_a_float_in_a_mapping_is_refused() -> None:
    card: dict[str, Any] = {
        "name": "T",
        "carrier": "zto",
        "currency": "CNY",
        "versions": [
            {
                "id": "v1",
                "weight": {"rounding": {"mode": "ceil", "step": 1}},
                "prices": {"model": "per_kg", "rate": 0.1},
            }
        ],
    }

    with pytest.raises(
        RateCardError, match=r"versions\[0\].prices.rate: a float is not exact: 0.1\nHint: give a Decimal"
    ):
        RateCard.from_dict(card, name="made")


def test_a_card_that_is_no_file_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RateCardError, match="there is no such file"):
        RateCard.load(tmp_path / "none.toml")
    (tmp_path / "gbk.toml").write_bytes('name = "中通"'.encode("gbk"))
    with pytest.raises(RateCardError, match=r"^gbk.toml: a rate card is UTF-8 text"):
        RateCard.load(tmp_path / "gbk.toml")


SIDE = VERSION + WEIGHT + PRICES + "[versions.zones]\nnames = ['a', 'b']\nfile = 'zones.csv'\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "the file 'zones.csv' does not exist beside the card"),
        (b"\xff\xfeorigin", "the file 'zones.csv' is not UTF-8"),
        (b"origin,dest,zones\n1,2,a\n", "column 'zone' not found in 'zones.csv'; columns found: origin, dest, zones"),
        (b"origin,dest,zone\n1,2,a\n1,3,c\n", "zones.csv:3: zone 'c' is not one of this version's zones: a, b"),
        (b"origin,dest,zone\n1,2,a\n\n1,2,b\n", "zones.csv:4: 1 to 2 is in zone 'b', and above in 'a'"),
        (b"origin,dest,zone\n1,2\n", "zones.csv:2: 3 cells are needed, found 2"),
    ],
)
def test_a_bad_zone_file_is_named_with_its_line(tmp_path: Path, content: bytes | None, problem: str) -> None:
    (tmp_path / "card.toml").write_text(SIDE, encoding="utf-8")
    if content is not None:
        (tmp_path / "zones.csv").write_bytes(content)

    with pytest.raises(RateCardError) as caught:
        RateCard.load(tmp_path / "card.toml")

    assert ("card.toml", "versions[0].zones.file") == (caught.value.file, caught.value.key)
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("weight,a,c\n1,2,3\n", "zone 'c' is not one of this version's zones: a, b"),
        ("kg,a\n1,2\n", "column 'weight' not found in 'prices.csv'; columns found: kg, a"),
        ("weight,a,b\n1,2,\n", "a number is needed, found ''"),
        ("weight,a,b\n1,2,-3\n", "this may not be negative, found -3"),
        ("weight,a,b\n2,2,3\n1,2,3\n", "the weights must ascend, found 1 after 2"),
    ],
)
def test_a_bad_price_file_is_named(tmp_path: Path, content: str, problem: str) -> None:
    text = ZONED + "prices = { model = 'zone_table', file = 'prices.csv' }\n"
    (tmp_path / "card.toml").write_text(text, encoding="utf-8")
    (tmp_path / "prices.csv").write_text(content, encoding="utf-8")

    with pytest.raises(RateCardError) as caught:
        RateCard.load(tmp_path / "card.toml")

    assert caught.value.key.startswith("versions[0].prices.file")
    assert problem in caught.value.problem
