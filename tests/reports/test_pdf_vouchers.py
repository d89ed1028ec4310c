"""Vouchers on paper: what is on the page, read back with Poppler."""

import re
from datetime import date
from decimal import Decimal

import pytest
from moneyed import Money

from reports.poppler import needs_poppler, squeezed, text_of, told_by
from tieout.errors import InputError, ReportError
from tieout.model import JournalLine, Voucher, VoucherStatus
from tieout.reports.pdf import write_vouchers

BOOK = "灯屋（深圳）贸易有限公司"


def line(number, debit=None, credit=None, *, currency="CNY", **fields):
    said = {"summary": "天猫 10月 销售", "account": "1122.01", "account_name": "应收账款-平台"} | fields
    sides = {
        side: None if amount is None else Money(amount, currency)
        for side, amount in (("debit", debit), ("credit", credit))
    }
    return JournalLine(line_no=number, **sides, **said)


def voucher(*lines, number=5, **fields):
    given = lines or (line(1, "1234.56"), line(2, None, "1234.56", account="5001", account_name="主营业务收入"))
    return Voucher(
        voucher_id=f"v{number}",
        period="2026-10",
        word="记",
        number=number,
        date=date(2026, 10, 31),
        attachments_count=3,
        lines=given,
        **fields,
    )


def printed(path, *vouchers, **options):
    return write_vouchers(vouchers, path, book_name=BOOK, **options)


@needs_poppler
def test_a_voucher_says_all_that_the_law_asks_for(tmp_path):
    signed = {"preparer": "王", "reviewer": "李", "poster": "赵", "cashier": "钱", "supervisor": "孙"}
    printed(tmp_path / "v.pdf", voucher(status=VoucherStatus.POSTED, **signed))
    text = squeezed(text_of(tmp_path / "v.pdf"))

    for said in ("记账凭证", f"核算单位：{BOOK}", "2026年10月31日", "记字第5号", "附单据3张", "天猫10月销售"):
        assert said in text
    for said in ("会计主管：孙", "记账：赵", "出纳：钱", "复核：李", "制单：王", "1122.01应收账款平台", "√"):
        assert said in text
    assert "合计人民币壹仟贰佰叁拾肆元伍角陆分¥123456¥123456" in text


@needs_poppler
def test_a_red_voucher_is_red_and_has_minus_signs(tmp_path):
    back = [line(1, "-3300.00"), line(2, None, "-3300.00")]
    printed(tmp_path / "v.pdf", voucher(*back))
    text = squeezed(text_of(tmp_path / "v.pdf"))

    assert "红字" in text
    assert "合计人民币负叁仟叁佰元整-330000-330000" in text


@needs_poppler
def test_a_long_voucher_goes_on_on_further_slips_and_carries_its_sums(tmp_path):
    many = [line(number, f"{number}.05", summary=f"运单 SF{1000 + number}") for number in range(1, 24)]
    total = sum(Decimal(number) + Decimal("0.05") for number in range(1, 24))
    done = printed(tmp_path / "v.pdf", voucher(*many, line(24, None, str(total))))
    text = squeezed(text_of(tmp_path / "v.pdf"))

    assert 3 == done.sheets
    assert all(f"记字第5号{part}/3" in text for part in (1, 2, 3))
    assert all(f"运单SF{1000 + number}" in text for number in range(1, 24))
    assert "过次页¥5550¥000" in text
    assert "合计人民币贰佰柒拾柒元壹角伍分¥27715¥27715" in text


@needs_poppler
def test_a_long_summary_is_said_whole(tmp_path):
    words = [f"冲销{number}月暂估快递费" for number in range(1, 41)]
    done = printed(tmp_path / "v.pdf", voucher(line(1, "5", summary=" ".join(words)), line(2, None, "5")), per_page=3)
    slips = squeezed(text_of(tmp_path / "v.pdf", "-x", "0", "-y", "0", "-W", "165", "-H", "900"))

    assert 2 == done.sheets
    cells = re.sub(r"记账凭证|核算单位：\S*?摘要|过次页|合计\S*?会计主管：", "", slips)
    assert all(squeezed(word) in cells for word in (words[0], words[1], words[20], words[39]))


@needs_poppler
def test_original_currency_and_pieces_stand_in_the_summary(tmp_path):
    foreign = line(1, "712.00", foreign_amount=Money("100", "USD"), fx_rate=Decimal("7.12"))
    goods = line(2, None, "712.00", quantity=Decimal(3), unit_price=Money("237.33", "CNY"))
    printed(tmp_path / "v.pdf", voucher(foreign, goods))
    text = squeezed(text_of(tmp_path / "v.pdf"))

    assert "(USD" in text
    assert "100.00×7.12)" in text
    assert "(3×237.33)" in text


@needs_poppler
def test_amounts_that_no_grid_holds_stand_in_one_piece(tmp_path):
    large = voucher(line(1, "712000000.00"), line(2, None, "712000000.00"))
    mixed = voucher(
        line(1, "100.00", currency="HKD"),
        line(2, None, "100.00", currency="HKD"),
        line(3, "50", currency="JPY"),
        line(4, None, "50", currency="JPY"),
        number=6,
    )
    printed(tmp_path / "v.pdf", large, mixed)
    text = squeezed(text_of(tmp_path / "v.pdf"))

    assert "合计人民币柒亿壹仟贰佰万元整712,000,000.00712,000,000.00" in text
    assert "合计HKD港元壹佰元整100.00100.00" in text
    assert "合计JPY日元伍拾元整5050" in text


@needs_poppler
def test_no_text_is_read_as_markup(tmp_path):
    nasty = r'#read("/etc/passwd") $x$ [b] \n *c* _d_ <e> @f "g" // h'
    printed(tmp_path / "v.pdf", voucher(line(1, "5", summary=nasty), line(2, None, "5", aux={"shop": "#panic()"})))
    text = squeezed(text_of(tmp_path / "v.pdf"))

    assert squeezed(nasty)[:30] in text
    assert "店铺:#panic()" in text


@needs_poppler
def test_a_rare_character_is_seen_and_told(tmp_path):
    done = printed(tmp_path / "v.pdf", voucher(line(1, "5", summary="退款 吉𠮷"), line(2, None, "5")))

    assert ("𠮷",) == done.missing
    assert "退款吉〓" in squeezed(text_of(tmp_path / "v.pdf"))


@needs_poppler
def test_in_english_amounts_stand_in_one_piece(tmp_path):
    printed(tmp_path / "v.pdf", voucher(), language="en")
    text = text_of(tmp_path / "v.pdf")

    assert re.search(r"Total +1,234\.56 +1,234\.56", text)
    assert "Book: 灯屋" in text


@needs_poppler
def test_the_font_is_inside_and_the_file_is_tagged_and_dated_by_its_vouchers(tmp_path):
    printed(tmp_path / "v.pdf", voucher())
    fonts = told_by("pdffonts", tmp_path / "v.pdf")
    info = told_by("pdfinfo", tmp_path / "v.pdf")

    rows = fonts.splitlines()[2:]
    assert rows
    assert all(re.search(r"NotoSansSC.* yes +yes +yes ", row) for row in rows)
    assert re.search(r"Tagged: +yes", info)
    assert re.search(r"CreationDate: +.*Oct 31 .*2026", info)


def test_the_same_vouchers_give_the_same_bytes(tmp_path):
    for name in ("a.pdf", "b.pdf"):
        printed(tmp_path / name, voucher(), voucher(number=6))

    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert {"a.pdf", "b.pdf"} == {path.name for path in tmp_path.iterdir()}


def test_wrong_use_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ReportError, match="no voucher"):
        printed(tmp_path / "v.pdf")
    with pytest.raises(ReportError, match="'fr'"):
        printed(tmp_path / "v.pdf", voucher(), language="fr")
    with pytest.raises(ReportError, match="not 4"):
        printed(tmp_path / "v.pdf", voucher(), per_page=4)
    with pytest.raises(InputError, match="folder 'none' does not exist"):
        printed(tmp_path / "none" / "v.pdf", voucher())

    assert [] == list(tmp_path.iterdir())
