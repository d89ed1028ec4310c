"""Complaints and the merchant's list of articles: no reconciliation takes them, and metrics need them."""

import tomllib
from datetime import UTC, datetime

import pytest
import tomli_w

from closing.shop import HEAD, config
from closing.shop_files import month_of, write_rows
from tieout.closing import CloseConfig, close, close_tables
from tieout.closing.drafting import draft_config
from tieout.model import Article, Complaint
from tieout.reports.metrics import facts_of, figures, metric_of

ORDERS = month_of(110).orders[:20]
COMPLAINTS = """平台,订单号,投诉时间,投诉类型
{platform},{number},2026-10-09 10:00:00,发货慢
{platform},{number},2026-10-12 18:30:00,与描述不符
"""
MAPPINGS = {
    "complaints": """record = "Complaint"
timezone = "Asia/Shanghai"
[columns]
platform = "平台"
order_id = "订单号"
complained_at = "投诉时间"
type = "投诉类型"
""",
    "articles": 'record = "Article"\n[columns]\nsku = "商家编码"\ncategory = "类目"\n',
}
CONFIG = f"""{HEAD}
[report]
html = false
xlsx = false
pdf = false
plots = false
[[read]]
file = "orders.csv"
mapping = "orders.toml"
[[read]]
file = "complaints.csv"
mapping = "complaints.toml"
[[read]]
file = "articles.csv"
mapping = "articles.toml"
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A close of orders, complaints and articles, each a list of its own."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "downloads").mkdir()
    mapping = write_rows(folder / "downloads" / "orders.csv", ORDERS, "Order", "platform_order_id")
    (folder / "orders.toml").write_text(tomli_w.dumps(mapping), encoding="utf-8")
    for name, text in MAPPINGS.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    complaints = COMPLAINTS.format(platform=ORDERS[0].platform, number=ORDERS[0].platform_order_id)
    (folder / "downloads" / "complaints.csv").write_text(complaints, encoding="utf-8")
    skus = sorted({line.sku for order in ORDERS for line in order.lines})
    articles = "".join(f"{sku},{'灯具' if at else '灯泡'}\n" for at, sku in enumerate(skus))
    (folder / "downloads" / "articles.csv").write_text(f"商家编码,类目\n{articles}", encoding="utf-8")
    (folder / "close.toml").write_text(CONFIG, encoding="utf-8")
    return close(CloseConfig.load(folder / "close.toml"))


def figure_of(close, name, by=()):
    made = figures([metric_of(name)], facts_of(close.data), by=by)
    return made.frame.sort(by) if by else made.frame


def test_both_lists_are_read_by_a_mapping_that_names_their_class(found):
    tables = found.data.tables

    assert {"Order": 20, "Complaint": 2} == {name: len(tables[name]) for name in ("Order", "Complaint")}
    assert [Complaint, Article] == [tables[name].record for name in ("Complaint", "Article")]
    assert ("done", 0) == (found.stage("collect").status, dict(found.stage("collect").counts)["rejects"])


def test_the_complaint_rate_has_a_figure(found):
    written = (found.folder / "metrics.csv").read_text(encoding="utf-8")

    assert [0.1] == figure_of(found, "complaint_rate")["complaint_rate"].to_list()
    assert '2026-10,complaint_rate,"",,,share,0.1,2,20\n' in written


def test_orders_are_told_apart_by_category(found):
    by = figure_of(found, "orders", by=("category",))

    assert {"灯具", "灯泡"} == set(by["category"])
    assert 0 < by["orders"].min()


def test_a_program_hands_them_in_by_their_class(tmp_path):
    complaint = Complaint(
        platform=ORDERS[0].platform,
        order_id=ORDERS[0].platform_order_id,
        complained_at=datetime(2026, 10, 9, tzinfo=UTC),
    )

    close = close_tables({"Order": ORDERS, "Complaint": [complaint]}, config(tmp_path))

    assert [0.05] == figure_of(close, "complaint_rate")["complaint_rate"].to_list()


def test_a_first_config_drafts_how_both_are_read(tmp_path):
    (tmp_path / "complaints.csv").write_text(COMPLAINTS.format(platform="tmall", number="2026100100012345678"))
    (tmp_path / "articles.csv").write_text("商家编码,类目\nLAMP-01,灯具\nBULB-07,灯泡\n", encoding="utf-8")

    draft = draft_config(tmp_path)

    assert {"articles.csv": "Article", "complaints.csv": "Complaint"} == {
        one.name: one.main.record for one in draft.looked.seen
    }
    assert {"platform", "order_id", "complained_at", "type"} == set(columns_of(draft, "complaints"))
    assert {"sku", "category"} == set(columns_of(draft, "articles"))


def columns_of(draft, name):
    return tomllib.loads(draft.mappings[f"{name}_mapping.toml"])["columns"]
