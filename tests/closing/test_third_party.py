"""A reconciliation of another package takes part in a close by what it says it takes, with settings from the config."""

from decimal import Decimal
from importlib.metadata import EntryPoint

import attrs
import pytest

from closing.shop import HEAD, clean_tables
from tieout.closing import CloseConfig, close_tables
from tieout.errors import ConfigError, PluginError
from tieout.model import Order, Refund
from tieout.outcome import Outcome
from tieout.reconciliations import Orders, Settings, Takes, reconciliation

TEXT = f"""{HEAD.replace("downloads", ".")}
[reconciliations.orders]
run = false
[reconciliations.loyalty]
"""


@attrs.frozen(kw_only=True)
class Loyalty(Settings):
    """Holds orders to themselves, which is enough to see what a close hands to it."""

    TAKES = (Takes("orders", Order, needed=True), Takes("refunds", Refund))
    AFTER = ("orders",)
    share: Decimal
    shops: tuple[str, ...] = ()

    def run(self, orders, refunds=None) -> Outcome:
        SEEN.append((self, len(orders), refunds is not None))
        common = {"period": self.period, "as_of": self.as_of, "currency": self.currency, "timezone": self.timezone}
        return Orders(**common).run(orders=orders, erp_orders=orders)


SEEN: list = []


@pytest.fixture
def loyalty(monkeypatch):
    """The reconciliation made known as its package would, and what it was handed."""
    from tieout import _discovery

    real = _discovery.entry_points
    point = EntryPoint(name="loyalty", value=__name__, group="tieout.reconciliations")

    def found(group):
        return [*real(group=group), point] if group == point.group else real(group=group)

    monkeypatch.setattr(_discovery, "entry_points", found)
    _discovery.leaves_of.cache_clear()
    SEEN.clear()
    yield SEEN
    _discovery.leaves_of.cache_clear()


def closed(settings):
    config = CloseConfig.loads(TEXT + settings)
    return close_tables({"Order": clean_tables()["Order"]}, config)


def test_it_runs_with_its_own_settings_and_those_of_the_close(loyalty):
    found = closed('share = "0.05"\nshops = ["s1"]\nonly = { platform = "tmall" }')
    ((told, orders, has_refunds),) = loyalty

    tmall = sum(one.platform == "tmall" for one in clean_tables()["Order"])
    assert (Decimal("0.05"), ("s1",), "CNY", "2026-10") == (told.share, told.shops, told.currency, told.period.label)
    assert (tmall, False) == (orders, has_refunds)
    assert any(note.startswith("orders is left out: it is switched off") for note in found.stage("detect").notes)
    assert () == found.failures


def test_a_setting_that_it_has_not_is_refused_by_name(loyalty):
    with pytest.raises(ConfigError, match="discount"):
        closed('share = "0.05"\ndiscount = "0.1"')
    assert [] == loyalty


def test_it_is_refused_without_the_setting_that_it_needs(loyalty):
    with pytest.raises(ConfigError, match="share"):
        closed("run = true")
    assert [] == loyalty


def test_a_package_without_the_class_of_its_name_is_named(loyalty, monkeypatch):
    monkeypatch.delitem(globals(), "Loyalty")

    with pytest.raises(PluginError, match="has no class Loyalty"):
        reconciliation("loyalty")
