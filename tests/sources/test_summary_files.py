"""The summaries that lie beside Alipay's bills: refused as what they are, so that nothing counts twice."""

import io
import zipfile
from pathlib import Path

import pytest

import tieout
from tieout.errors import SummaryFile, UnidentifiedFile

GOLDEN = Path(__file__).parent.parent / "golden" / "sources"
OF_FUNDS = """#支付宝账务汇总查询
#账号：[20880000000000000156]
#-----------------------------------------账务汇总列表----------------------------------------
类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）,总金额（元）
交易付款,1,146.92,0,0.00,146.92
合计,1,146.92,0,0.00,146.92
#----------------------------------------账务汇总列表结束-------------------------------------
""".encode("gb18030")
OF_TRADES = """#支付宝业务汇总查询
#-----------------------------------------业务汇总列表----------------------------------------
门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）
合计,,1,0,0.01,0.01,0.00,0.00,0.00,0.00,0.00,0.01
#----------------------------------------业务汇总列表结束-------------------------------------
""".encode("gb18030")
BOTH = [(OF_FUNDS, "alipay_fund_detail", "2026-05.csv"), (OF_TRADES, "alipay_business_detail", "2026-07-31.csv")]


@pytest.mark.parametrize(("summary", "detail"), [pair[:2] for pair in BOTH])
def test_a_summary_is_refused_as_one_and_names_the_format_of_the_lines(summary, detail):
    for door in (tieout.read, tieout.identify):
        with pytest.raises(SummaryFile, match="holds sums and no lines") as caught:
            door(summary)

        assert detail == caught.value.detail


@pytest.mark.parametrize(("summary", "detail", "golden"), BOTH)
def test_an_archive_of_a_bill_and_its_summary_is_read_as_the_bill(summary, detail, golden):
    data = (GOLDEN / detail / golden).read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bill(汇总).csv", summary)
        archive.writestr("bill.csv", data)

    batch = tieout.read(packed.getvalue())

    assert detail == batch.format
    assert len(tieout.read(data).records) == len(batch.records)


def test_a_folder_lists_the_summary_with_its_reason(tmp_path):
    (tmp_path / "bill(汇总).csv").write_bytes(OF_TRADES)
    (tmp_path / "bill.csv").write_bytes((GOLDEN / "alipay_business_detail" / "2026-07-31.csv").read_bytes())

    folder = tieout.read_folder(tmp_path)

    assert ["alipay_business_detail"] == [batch.format for batch in folder.batches]
    assert [SummaryFile] == [type(one.error) for one in folder.refused]


def test_other_files_of_sums_are_merely_unknown():
    with pytest.raises(UnidentifiedFile):
        tieout.read("类型,收入笔数\n合计,1\n".encode())
