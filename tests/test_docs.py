"""Documentation that cannot rot: every fenced `python` block runs, every leaf has its page, every link leads somewhere.

The blocks of one page share their names and run in an empty folder. A block below the comment `<!-- not run: reason -->` is
left out.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("README*.md"), ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
PLUG_IN_ROOMS = ("ledgers", "reconciliations", "sources")
FENCE = re.compile(
    r"(?:^<!-- not run: (?P<reason>.+?) -->\n+)?^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=indent)```",
    flags=re.DOTALL | re.MULTILINE,
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")

TERMS = """
对账 差异 单边账 勾稽 核销 挂账 红字 蓝字 冲销 暂估 调账 结账 反结账 记账凭证 凭证字 凭证号 摘要
科目 辅助核算 附件数 制单 审核 记账 出纳 账套 原始凭证 订单 主订单 子订单 商家编码 实付 商家实收
运费 店铺券 平台券 满减 返现 积分抵扣 红包 以旧换新 国补 定金 尾款 预售 货到付款 代收货款 运费险
佣金 扣点 技术服务费 达人 团长佣金 保证金 冻结 结算 回款 打款 提现 未到款 账龄 支付流水 银行流水
回单 运单号 面单 揽收 签收 拒收 拦截 退回件 首重 续重 抛重 体积重 抛比 进位 计费重量 起重 偏远
保价 改址 超区 报价 价卡 返利 索赔 理赔 赔付 售后单 仅退款 退货退款 换货 补发 维修 补差价 无主件
二次销售 残次品 出库 入库 盘点 盘盈 盘亏 待处理财产损溢 销项 进项 转出 价税分离 一般纳税人 小规模
专票 普票 容差 复核 归档 留痕 复盘 代账
"""
"""Words of the trade, each of which the glossary explains."""


def page_name(path):
    return path.relative_to(ROOT).as_posix()


def blocks(page):
    """The Python blocks of a page: line, code, and the reason not to run it."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        if found["language"] in {"python", "py"}:
            yield text.count("\n", 0, found.start("code")) + 1, found["code"], found["reason"]


@pytest.mark.parametrize("page", [page for page in PAGES if list(blocks(page))], ids=page_name)
def test_every_python_block_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}

    for line, code, reason in blocks(page):
        if reason is None:
            program = compile("\n" * (line - 1) + code, str(page), "exec")  # so that a traceback names the page's line
            exec(program, names)  # noqa: S102 - our own pages


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_a_block_that_is_not_run_says_why_and_every_fence_is_closed(page):
    text = page.read_text(encoding="utf-8")

    assert 0 == len(re.findall(r"^ *```", text, flags=re.MULTILINE)) % 2
    assert len(re.findall("<!-- not run", text)) == sum(1 for found in FENCE.finditer(text) if found["reason"])


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_link_to_a_file_leads_somewhere(page):
    targets = [found["target"].partition("#")[0] for found in LINK.finditer(page.read_text(encoding="utf-8"))]
    lost = [target for target in targets if target and "://" not in target and not (page.parent / target).exists()]

    assert [] == lost


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_a_page_starts_with_its_title(page):
    assert re.match(r"# \S", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("room", PLUG_IN_ROOMS)
def test_every_leaf_has_a_page_and_every_page_a_leaf(room):
    leaves = {path.stem for path in (ROOT / "src" / "tieout" / room).glob("*.py") if not path.stem.startswith("_")}
    pages = {path.stem for path in (DOCS / "reference" / room).glob("*.md")}

    assert leaves == pages


@pytest.mark.parametrize(
    "path",
    [
        path
        for room in PLUG_IN_ROOMS
        for path in sorted((ROOT / "src" / "tieout" / room).glob("*.py"))
        if not path.stem.startswith("_")
    ],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_the_page_of_a_leaf_names_it(path):
    page = (DOCS / "reference" / path.parent.name / f"{path.stem}.md").read_text(encoding="utf-8")

    assert re.search(rf"\b{path.stem}\b|\b{''.join(part.capitalize() for part in path.stem.split('_'))}\b", page)


def test_every_page_of_the_reference_is_linked_from_a_page():
    linked = {
        (page.parent / found["target"].partition("#")[0]).resolve()
        for page in PAGES
        for found in LINK.finditer(page.read_text(encoding="utf-8"))
        if "://" not in found["target"]
    }

    assert [] == [
        page_name(page)
        for page in PAGES
        if DOCS in page.parents
        and page.name != "index.md"  # tests/test_site.py holds the tree of the site
        and page.resolve() not in linked
        and not within(linked, page)
    ]


def within(linked, page):
    """Whether a link leads to a folder that holds the page."""
    return any(folder in linked for folder in page.resolve().parents if DOCS.resolve() in folder.parents)


def test_the_glossary_explains_every_word_of_the_trade_once():
    page = (DOCS / "reference" / "glossary.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\{glossary\}\n(.*?)```", page, flags=re.DOTALL)
    explained = [line for block in blocks for line in block.splitlines() if line and not line.startswith(" ")]

    assert set() == set(TERMS.split()) - set(explained)
    assert sorted(set(explained)) == sorted(explained)


def test_both_front_pages_show_the_same_programs_and_lead_to_the_same_pages():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))

    def programs(text):
        found = (match["code"] for match in FENCE.finditer(text))
        return [[line.partition("#")[0].rstrip() for line in code.splitlines()] for code in found]

    def targets(text):
        return sorted({match["target"] for match in LINK.finditer(text)} - {"README.md", "README.zh-CN.md"})

    assert programs(english) == programs(chinese)
    assert targets(english) == targets(chinese)
    assert english.count("\n## ") == chinese.count("\n## ")
    assert re.findall(r"`examples/\w+\.py", english) == re.findall(r"`examples/\w+\.py", chinese)
