"""The slow, obvious twin of `tieout.tariffs`: one parcel at a time, in fractions, from the raw card and `domain.md` 3.1-3.5.

It shares no code with the engine. It takes the card as the mapping that TOML gives, so that it also checks how the card is read. Places are
expected in their short spelling. Weights are fractions of the card's unit but where a volumetric weight is cut to 1e-8 g (upwards), which is
part of the definition.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

GRAMS = {"kg": Fraction(1000), "lb": Fraction("453.59237")}
CM = {"cm": Fraction(1), "in": Fraction("2.54")}
RETURNING = ("return", "intercept")
Row = Mapping[str, Any]


def expected(card: Row, parcel: Row, decimals: int = 2) -> dict[str, Any]:
    """Problem, version, zone, weights in grams, and charges in minor units by type."""
    return _Twin(card, parcel, decimals).result()


class _Twin:
    def __init__(self, card: Row, parcel: Row, decimals: int) -> None:
        self.card, self.parcel, self.decimals = card, parcel, decimals
        self.grams = GRAMS[card.get("weight_unit", "kg")]
        self.cm = CM[card.get("dim_unit", "cm")]
        self.leg = parcel.get("leg") or "outbound"
        self.facts: dict[str, Any] = {"problem": None, "version": None, "zone": None, "charges": {}}

    def result(self) -> dict[str, Any]:
        self.facts["problem"] = self._work()
        if self.facts["problem"]:
            self.facts["charges"] = {}
        return self.facts

    def _work(self) -> str | None:
        chosen = self._tariff()
        if isinstance(chosen, str):
            return chosen
        self.tariff = chosen
        self.zone = self.facts["zone"] = self._zone()
        if not self._weigh():
            if self._needs_weight():
                return "weight_missing"
            self.weight = self.heaviest = None
            self.boxes = []
            self.facts |= dict.fromkeys(("actual", "volumetric", "chargeable", "billing"))
        if self.zone is None:
            return "zone_missing"
        return self._charge()

    # which tariff -----------------------------------------------------------------------------------------------------

    def _tariff(self) -> Row | str:
        day, service = self.parcel.get("rate_date"), self.parcel.get("service")
        valid = [version for version in self.card["versions"] if _within(day, version) and self._is_for(version)]
        if not valid:
            return "version_missing"
        found = []
        for version in valid:
            services = version.get("services")
            if services is None:
                found.append(version)
                continue
            default = version.get("default_service", next(iter(services)) if len(services) == 1 else None)
            for name, own in services.items():
                if service == name or service in own.get("aliases", ()) or (service is None and name == default):
                    found.append({**version, **own})
        if len(found) != 1:
            return "service_unknown" if not found else "version_missing"
        self.facts["version"] = found[0]["id"]
        return found[0]

    def _is_for(self, version: Row) -> bool:
        for column, key in (("account_no", "accounts"), ("warehouse", "warehouses")):
            allowed = version.get(key) or self.card.get(key)
            if allowed and self.parcel.get(column) is not None and self.parcel[column] not in allowed:
                return False
        return True

    # zone -------------------------------------------------------------------------------------------------------------

    def _zone(self) -> str | None:
        table = self.tariff.get("zones")
        if table is None:
            return "*"
        given = self.parcel.get("zone")
        if given is not None:
            given = table.get("aliases", {}).get(given, given)
            return given if given in table["names"] else None
        for rule in table.get("rules", ()):
            if self._route(rule):
                return rule["zone"]
        return table.get("default")

    def _route(self, rule: Row) -> bool:
        for side in ("origin", "dest"):
            lists = [(level, rule[f"{side}_{plural}"]) for level, plural in _LEVELS if f"{side}_{plural}" in rule]
            if lists and not any(self._place(side, level, entry) for level, entries in lists for entry in entries):
                return False
        if rule.get("warehouses") and self.parcel.get("warehouse") not in rule["warehouses"]:
            return False
        return self._same(rule.get("same"))

    def _place(self, side: str, level: str, entry: str) -> bool:
        if level == "postcode":
            code = self.parcel.get(f"{side}_postcode")
            if code is None:
                return False
            low, dots, high = entry.partition("..")
            if dots:
                return low <= code[: len(low)] <= high
            return code.startswith(entry[:-1]) if entry.endswith("*") else code == entry
        parts = entry.split("/")
        levels = ("province", "city", "district")
        used = levels[: levels.index(level) + 1][-len(parts) :]
        return all(self.parcel.get(f"{side}_{name}") == part for name, part in zip(used, parts, strict=True))

    def _same(self, what: str | None) -> bool:
        ends = [(self.parcel.get(f"origin_{name}"), self.parcel.get(f"dest_{name}")) for name in ("province", "city")]
        (from_province, to_province), (from_city, to_city) = ends
        one_province = from_province is not None and from_province == to_province
        match what:
            case None:
                return True
            case "province":
                return one_province
            case "city":
                unknown = from_province is None or to_province is None
                return from_city is not None and from_city == to_city and (one_province or unknown)
            case _:
                regions = self.tariff["regions"].values()
                return one_province or any(from_province in members and to_province in members for members in regions)

    # weight -----------------------------------------------------------------------------------------------------------

    def _weigh(self) -> bool:
        boxes = self.parcel.get("pieces") or [self.parcel]
        rules = self.tariff.get("volumetric", {"mode": "none"})
        if not all(self._possible(box) for box in boxes):
            return False
        self.heaviest = max(_fraction(box["weight_g"]) for box in boxes) / self.grams
        sides = [self._sides(box, rules.get("dim_rounding", "none")) for box in boxes]
        self.boxes = [sorted(each, reverse=True) for each in sides if each is not None]
        divisor = self._divisor(rules)
        weights = [_fraction(box["weight_g"]) for box in boxes]
        if len(boxes) > 1 and rules.get("pieces", "per_piece") == "total":
            volume = sum((math.prod(each) for each in self.boxes), Fraction(0)) if self.boxes else None
            lines = [(sum(weights), volume, self.boxes)]
        else:
            lines = [
                (weight, None if each is None else math.prod(each), [sorted(each, reverse=True)] if each else [])
                for weight, each in zip(weights, sides, strict=True)
            ]
        done = [self._chargeable(*line, rules, divisor) for line in lines]
        volumes = [volume for volume, _ in done if volume is not None]
        chargeable = [weight for _, weight in done]
        self.facts |= {
            "actual": sum(weights),
            "volumetric": sum(volumes) if volumes else None,
            "chargeable": sum(chargeable),
        }
        self._bill(chargeable)
        self.facts["billing"] = self.weight * self.grams
        return True

    def _needs_weight(self) -> bool:
        prices = self.tariff["prices"]
        models = {prices["model"], *(own.get("model", prices["model"]) for own in prices.get("zones", {}).values())}
        return models != {"label_fee"} or any(
            _fraction(item.get("rate", 0)) for item in self.tariff.get("surcharges", ())
        )

    def _possible(self, box: Row) -> bool:
        weight = box.get("weight_g")
        sides = [box[f"{side}_cm"] for side in _SIDES if box.get(f"{side}_cm") is not None]
        return weight is not None and 0 <= weight <= 10**8 and all(0 <= side <= 2000 for side in sides)

    def _sides(self, box: Row, how: str) -> list[Fraction] | None:
        values = [box.get(f"{side}_cm") for side in _SIDES]
        if any(value is None for value in values):
            return None
        units = [_fraction(value) / self.cm for value in values]
        if how == "ceil":
            return [Fraction(math.ceil(unit)) for unit in units]
        return [Fraction(math.floor(unit + Fraction(1, 2))) for unit in units] if how == "half_up" else units

    def _divisor(self, rules: Row) -> Fraction | None:
        if rules["mode"] == "none":
            return None
        for route in rules.get("routes", ()):
            if self._route(route) and ("zones" not in route or self.zone in route["zones"]):
                return _fraction(route["divisor"])
        return _fraction(rules["divisor"])

    def _chargeable(
        self,
        actual: Fraction,
        volume: Fraction | None,
        boxes: list[list[Fraction]],
        rules: Row,
        divisor: Fraction | None,
    ) -> tuple[Fraction | None, Fraction]:
        if volume is None or divisor is None:
            return None, actual
        volumetric = _ceil8(volume / divisor * self.grams)
        trigger = rules.get("trigger") or {}
        tests = [
            "side_from" in trigger and any(box[0] >= _fraction(trigger["side_from"]) for box in boxes),
            "volume_over" in trigger and volume > _fraction(trigger["volume_over"]),
            "ratio_over" in trigger and volumetric > actual * _fraction(trigger["ratio_over"]),
        ]
        if volumetric <= actual or (trigger and not any(tests)):
            return volumetric, actual
        share = _percent(rules.get("share", 50)) if rules["mode"] == "half" else Fraction(1)
        return volumetric, actual + _ceil8(share * (volumetric - actual))

    def _bill(self, chargeable: list[Fraction]) -> None:
        terms = self.tariff.get("weight", {"rounding": {"mode": "exact"}})
        bands = terms.get("bands") or [terms["rounding"]]
        units = [weight / self.grams for weight in chargeable]
        if terms.get("round_scope") == "continued":
            total, first = sum(units), self._first_weight()
            if first is None:
                self.weight = _round(total, bands)
            else:
                self.weight = first + _round(total - first, bands) if total > first else first
        else:
            self.weight = sum(_round(unit, bands) for unit in units)
        self.weight = max(self.weight, _fraction(terms.get("minimum", 0)))
        for surcharge in self.tariff.get("surcharges", ()):
            if "minimum_weight" in surcharge and self._holds(surcharge):
                self.weight = max(self.weight, _fraction(surcharge["minimum_weight"]))

    def _first_weight(self) -> Fraction | None:
        price = self._price_of(self.tariff["prices"])
        used = {price["model"], price.get("beyond")} if price else set()
        return _fraction(price["first_weight"]) if price and used & _FIRST else None

    # price ------------------------------------------------------------------------------------------------------------

    def _price_of(self, prices: Row) -> Row | None:
        top = {name: value for name, value in prices.items() if name not in {"zones", "average"}}
        own = prices.get("zones", {}).get(self.zone)
        price = {**top, **(own or {})}
        if price["model"] == "average_weight":
            price["model"] = price["price_model"]
        stands = {"tier_flat": "tiers", "per_kg": "rate", "zone_table": "prices", "label_fee": "fee"}
        return price if own is not None or stands.get(price["model"], "first") in price else None

    def _list_price(self, prices: Row, weight: Fraction) -> Fraction | None:
        price = self._price_of(prices)
        if price is None:
            return None
        model = price["model"]
        if model == "label_fee":
            return _fraction(price["fee"])
        if model in {"tier_flat", "zone_table"}:
            if model == "tier_flat":
                tiers = [(tier["up_to"], tier["price"]) for tier in price["tiers"]]
            else:
                tiers = list(zip(price["weights"], price["prices"], strict=True))
            for bound, amount in tiers:
                if weight <= _fraction(bound):
                    return _fraction(amount)
            model = price.get("beyond")
        if model is None:
            return None
        if model == "per_kg":
            return max(_fraction(price.get("min_price", 0)), weight * _fraction(price["rate"]))
        return self._first_continued(price, model, weight)

    def _first_continued(self, price: Row, model: str, weight: Fraction) -> Fraction | None:
        first = _fraction(price["first"])
        over = weight - _fraction(price["first_weight"])
        if over <= 0:
            return first
        each = price.get("continued") if model == "first_continued" else None
        if model == "segmented_continued":
            measured = over if price.get("basis") == "continued" else weight
            each = next(
                (s["price"] for s in price["segments"] if "up_to" not in s or measured <= _fraction(s["up_to"])), None
            )
        if each is None:
            return None
        steps = over / _fraction(price["step"])
        return first + (steps if price.get("partial_step") == "pro_rata" else math.ceil(steps)) * _fraction(each)

    def _minor(self, amount: Fraction, *, freight: bool = False) -> int:
        terms = self.tariff.get("amounts", {})
        step = _fraction(terms.get("step", Decimal(1).scaleb(-self.decimals)))
        if freight:
            step = _fraction(terms.get("freight_step", step))
        steps = amount / step
        match terms.get("mode", "half_up"):
            case "up":
                whole = math.ceil(steps)
            case "down":
                whole = math.floor(steps)
            case _:
                whole = math.floor(steps + Fraction(1, 2))
        return int(whole * step * 10**self.decimals)

    # charges ----------------------------------------------------------------------------------------------------------

    def _charge(self) -> str | None:  # noqa: C901, PLR0912 - the definition, from top to bottom
        prices = self.tariff["prices"]
        provisional = prices.get("average", {}).get("provisional_weight")
        gross = self._list_price(prices, self.weight if provisional is None else _fraction(provisional))
        discount = self.tariff.get("discount", {})
        net = None
        if gross is not None:
            reduced = gross * (1 - _percent(discount.get("percent", 0))) - _fraction(discount.get("per_parcel", 0))
            net = self._minor(max(reduced, _fraction(discount.get("floor", 0))), freight=True)
        outward = self.leg not in RETURNING
        charges: list[tuple[str, int]] = []
        fuel_base = 0
        bears_fuel = False
        freight = None
        if outward:
            if net is None or gross is None:
                return "price_missing"
            label = self._price_of(prices)["model"] == "label_fee"  # type: ignore[index]
            freight, fuel_base, bears_fuel = net, net, True
            separate = discount.get("shown") == "separate" and any(
                discount.get(key) for key in ("percent", "per_parcel", "floor")
            )
            listed = self._minor(gross, freight=True) if separate else net
            charges.append(("label" if label else "base", listed))
            charges += [("discount", net - listed)] if separate else []
        returned = self._returned(net)
        if returned == "price_missing":
            return "price_missing"
        if returned is not None:
            charges.append(("return_to_sender", returned))
            freight = freight if outward else returned
            if self.tariff["returns"].get("fuel"):
                fuel_base, bears_fuel = fuel_base + returned, True
        if self.leg == "intercept":
            if "intercept" not in self.tariff:
                return "price_missing"
            fee = self._minor(_fraction(self.tariff["intercept"]["fee"]))
            charges.append(("intercept", fee))
            if self.tariff["intercept"].get("fuel"):
                fuel_base, bears_fuel = fuel_base + fee, True
        for surcharge, amount in self._surcharges(freight or 0):
            charges.append((surcharge["charge_type"], amount))
            if surcharge.get("fuel"):
                fuel_base, bears_fuel = fuel_base + amount, True
        if "fuel" in self.tariff and bears_fuel:
            percent = self._fuel_percent()
            if percent is None:
                return "price_missing"
            charges.append(("fuel", self._minor(percent * fuel_base / 10**self.decimals)))
        missing = int(_fraction(self.tariff.get("minimum_charge", 0)) * 10**self.decimals) - sum(
            amount for _, amount in charges
        )
        if outward and missing > 0:
            charges.append(("minimum", missing))
        for charge_type, amount in charges:
            self.facts["charges"][charge_type] = self.facts["charges"].get(charge_type, 0) + amount
        return None

    def _returned(self, net: int | None) -> int | str | None:
        back = self.leg in {*RETURNING, "round_trip"}
        if self.leg == "intercept" and not self.tariff.get("intercept", {}).get("with_return", True):
            back = False
        if not back:
            return None
        terms = self.tariff.get("returns")
        if terms is None:
            return "price_missing"
        if terms["mode"] == "free":
            return 0
        if terms["mode"] == "share":
            outward = self.parcel.get("outward_minor")
            outward = net if outward is None else outward
            if outward is None:
                return "price_missing"
            return self._minor(_percent(terms["percent"]) * outward / 10**self.decimals, freight=True)
        price = None if self.weight is None else self._list_price(terms["prices"], self.weight)
        return "price_missing" if price is None else self._minor(price, freight=True)

    def _surcharges(self, freight: int) -> Iterator[tuple[Row, int]]:
        taken: set[str] = set()
        for surcharge in self.tariff.get("surcharges", ()):
            if not self._holds(surcharge):
                continue
            group = surcharge.get("group")
            if group is not None and group in taken:
                continue
            taken |= {group} if group is not None else set()
            over = max(Fraction(0), (self.weight or 0) - _fraction(surcharge.get("rate_over", 0)))
            values = {
                "base": freight,
                "declared_value": self.parcel.get("declared_value_minor") or 0,
                "cod_amount": self.parcel.get("cod_amount_minor") or 0,
            }
            of = Fraction(values[surcharge.get("of", "base")], 10**self.decimals)
            amount = (
                _fraction(surcharge.get("amount", 0))
                + _fraction(surcharge.get("rate", 0)) * over
                + _percent(surcharge.get("percent", 0)) * of
            )
            amount = max(amount, _fraction(surcharge.get("min", 0)))
            if "max" in surcharge:
                amount = min(amount, _fraction(surcharge["max"]))
            yield surcharge, self._minor(amount)

    def _holds(self, rule: Row) -> bool:  # noqa: PLR0911 - one return for each condition
        legs = rule.get("legs")
        if (self.leg not in legs) if legs else (self.leg in RETURNING):
            return False
        if not self._route(rule) or ("zones" in rule and self.zone not in rule["zones"]):
            return False
        residential = True if rule["when"] == "residential" else rule.get("residential")
        if residential is not None and self.parcel.get("is_residential") is not residential:
            return False
        if rule.get("requested") and not set(rule["requested"]) & set(self.parcel.get("requested") or ()):
            return False
        if rule["when"] == "cod" and not (self.parcel.get("cod_amount_minor") or 0) > 0:
            return False
        declared = Fraction(self.parcel.get("declared_value_minor") or 0, 10**self.decimals)
        if rule["when"] == "declared_value" and not declared > _fraction(rule.get("declared_over", 0)):
            return False
        day = self.parcel.get("rate_date")
        if rule.get("periods") and not (day is not None and any(_within(day, period) for period in rule["periods"])):
            return False
        return self._in_limits(rule)

    def _in_limits(self, rule: Row) -> bool:
        sizes = []
        for name, limit in rule.items():
            what, _, how = name.rpartition("_")
            if what in _SIZE_OF and how in {"over", "from"}:
                greatest = max((_SIZE_OF[what](box) for box in self.boxes), default=None)
                value = _fraction(limit)
                sizes.append(greatest is not None and (greatest > value if how == "over" else greatest >= value))
        if sizes and not any(sizes):
            return False
        weight = self.weight if rule.get("weight_basis") == "billing" else self.heaviest
        if weight is None:
            return not {"weight_over", "weight_from", "weight_up_to"} & set(rule)
        return (
            ("weight_over" not in rule or weight > _fraction(rule["weight_over"]))
            and ("weight_from" not in rule or weight >= _fraction(rule["weight_from"]))
            and ("weight_up_to" not in rule or weight <= _fraction(rule["weight_up_to"]))
        )

    def _fuel_percent(self) -> Fraction | None:
        fuel = self.tariff["fuel"]
        if "percent" in fuel:
            return _percent(fuel["percent"])
        entries = fuel["percents"]
        for index, entry in enumerate(entries):
            following = entries[index + 1].get("from") if index + 1 < len(entries) else None
            if _within(self.parcel.get("rate_date"), {"from": entry.get("from"), "to": entry.get("to") or following}):
                return _percent(entry["percent"])
        return None


_SIDES = ("length", "width", "height")
_LEVELS = (("province", "provinces"), ("city", "cities"), ("district", "districts"), ("postcode", "postcodes"))
_FIRST = {"first_continued", "segmented_continued"}
_SIZE_OF = {
    "longest_side": lambda box: box[0],
    "second_side": lambda box: box[1],
    "length_girth": lambda box: box[0] + 2 * (box[1] + box[2]),
    "volume": math.prod,
}


def _fraction(value: Any) -> Fraction:
    return Fraction(value)


def _percent(value: Any) -> Fraction:
    return Fraction(value) / 100


def _ceil8(grams: Fraction) -> Fraction:
    return Fraction(math.ceil(grams * 10**8), 10**8)


def _within(day: date | None, span: Row) -> bool:
    start, end = span.get("from"), span.get("to")
    if day is None:
        return start is None and end is None
    return (start is None or start <= day) and (end is None or day < end)


def _round(weight: Fraction, bands: list[Row]) -> Fraction:  # noqa: PLR0911 - one return for each mode
    band = next(band for band in bands if "below" not in band or weight < _fraction(band["below"]))
    step = _fraction(band.get("step", 1))
    half = Fraction(1, 2)
    match band["mode"]:
        case "ceil":
            return math.ceil(weight / step) * step
        case "half_up":
            return math.floor(weight / step + half) * step
        case "floor":
            return math.floor(weight / step) * step
        case "grace_ceil":
            whole = math.floor(weight / step) * step
            return whole if weight - whole <= _fraction(band["grace"]) else whole + step
        case "tail_2378":
            tenths = math.floor(weight * 10 + half)
            whole, tail = divmod(tenths, 10)
            return whole + (Fraction(0) if tail <= 2 else half if tail <= 7 else Fraction(1))
        case _:
            if "decimals" not in band:
                return weight
            return Fraction(math.floor(weight * 10 ** band["decimals"] + half), 10 ** band["decimals"])
