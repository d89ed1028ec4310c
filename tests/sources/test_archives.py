"""Archives: what is in them is read, also in archives within them, and none of them does harm."""

import gzip
import io
import zipfile

import pytest

import tieout
from tieout.errors import CorruptFile, EmptyFile, EncryptedFile, InputError, UnidentifiedFile, UnreadableFile
from tieout.sources._archives import ArchiveLimits, unpacked
from tieout.sources._content import Content

FUND = """#支付宝账务明细查询
账务流水号,业务流水号,商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账户余额（元）,业务类型
A000000000001,B1,S1,2026-05-01 10:00:00,1.00,,1.00,交易付款
""".encode("gb18030")
SUMMARY = "说明\n合计,1\n".encode("gb18030")


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_the_one_known_file_of_an_archive_is_read_and_the_others_are_told():
    batch = tieout.read(zipped({"a/汇总.csv": SUMMARY, "a/明细.csv": FUND, "__MACOSX/x": b"litter"}))

    assert ("alipay_fund_detail", 1, "input/a/明细.csv") == (batch.format, len(batch.records), batch.source.file)
    assert ["archive.not_read: files of the archive that are not read: input/a/汇总.csv"] == [
        str(note) for note in batch.notes if note.code.startswith("archive")
    ]
    assert "alipay_fund_detail" == tieout.identify(zipped({"b.csv": FUND}))


@pytest.mark.parametrize(
    "files",
    [
        {"desktop.ini.csv": FUND},
        {"my Thumbs.db of may.csv": FUND},
        {"of__MACOSX/a.csv": FUND},
        {"content.xml": b"<a/>", "a.csv": FUND},
    ],
)
def test_a_name_that_looks_like_litter_or_a_workbooks_part_hides_no_file(files):
    assert 1 == len(tieout.read(zipped(files), format="alipay_fund_detail").records)


def test_archives_within_archives_and_gzip_are_read():
    inner = zipped({"明细.csv": FUND})

    for data in (
        zipped({"月/账单.zip": inner}),
        gzip.compress(FUND),
        gzip.compress(inner),
        zipped({"a.gz": gzip.compress(FUND)}),
    ):
        assert 1 == len(tieout.read(data).records)


def test_names_of_old_chinese_programs_are_legible():
    name = "账务明细_1.csv".encode("gb18030")
    data = zipped({"x" * len(name): FUND}).replace(b"x" * len(name), name)

    (file,) = unpacked(Content(name="账单.zip", data=data))

    assert "账单.zip/账务明细_1.csv" == file.name


def test_a_gzip_file_is_named_without_its_ending():
    (file,) = unpacked(Content(name="bill.csv.gz", data=gzip.compress(FUND)))

    assert "bill.csv" == file.name


def test_of_several_known_files_none_is_taken():
    data = zipped({"a.csv": FUND, "b.csv": FUND})

    with pytest.raises(InputError, match=r"(?s)several files that can be read: a.csv, b.csv.*read_folder"):
        tieout.read(data)


def test_an_archive_without_a_known_file_is_refused_with_what_it_holds():
    with pytest.raises(UnidentifiedFile, match=r"files in the archive: a.csv, b.pdf"):
        tieout.read(zipped({"a.csv": SUMMARY, "b.pdf": b"%PDF-1.4"}))


BILL = "运单号,金额\nSF1012345678901,12.50\nSF1012345678902,13.00\n".encode()
MAPPING = {
    "format": "generic_table",
    "record": "CourierCharge",
    "columns": {"tracking_no": "运单号", "amount": "金额"},
    "constants": {"charge_type": "all_in"},
    "currency": "CNY",
}


@pytest.mark.parametrize(
    "data",
    [
        zipped({"七月/账单.csv": BILL}),
        gzip.compress(BILL),
        zipped({"账单.csv": BILL, "说明.txt": "本月账单\n请核对\n".encode()}),
        zipped({"账单.csv": BILL, "明细.csv": FUND}),
    ],
    ids=["zip", "gzip", "beside another text", "beside a file of a known format"],
)
def test_a_mapping_reads_the_file_of_an_archive(data):
    assert tieout.read(BILL, **MAPPING).records.to_polars()["amount_minor"].to_list() == (
        tieout.read(data, **MAPPING).records.to_polars()["amount_minor"].to_list()
    )


def test_a_mapping_that_fits_several_files_of_an_archive_takes_none():
    with pytest.raises(InputError, match=r"several files that can be read: a.csv, b.csv"):
        tieout.read(zipped({"a.csv": BILL, "b.csv": BILL}), **MAPPING)


@pytest.mark.parametrize("packed", [gzip.compress, lambda data: zipped({"a.csv": data})], ids=["gzip", "zip"])
@pytest.mark.parametrize("harmed", [SUMMARY, BILL, FUND.replace("账务流水号".encode("gb18030"), b"X")])
def test_of_the_only_file_of_an_archive_the_error_says_what_it_says_of_the_file_itself(harmed, packed):
    with pytest.raises(InputError) as own:
        tieout.read(harmed)
    with pytest.raises(InputError) as found:
        tieout.read(packed(harmed))

    assert (type(own.value), own.value.hint) == (type(found.value), found.value.hint)


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (zipped({}), EmptyFile, "empty"),
        (zipped({"a.csv": FUND})[:-30], CorruptFile, "damaged or cut off"),
        (gzip.compress(FUND)[:-9], CorruptFile, "damaged or cut off"),
        (zipped({"a.csv": FUND}).replace(b"a.csv", b"b.csv", 1), CorruptFile, "damaged"),
        (
            zipped({"a.zip": zipped({"b.zip": zipped({"c.zip": zipped({"d.csv": FUND})})})}),
            UnreadableFile,
            "more than 3 deep",
        ),
        (zipped({"bomb.csv": b"0" * 30_000_000}), UnreadableFile, "more than 200 times its size"),
        (gzip.compress(b"0" * 30_000_000), UnreadableFile, "more than 200 times its size"),
    ],
)
def test_archives_that_cannot_be_taken_are_refused(data, error, text):
    with pytest.raises(error, match=text):
        tieout.read(data)


def test_an_archive_with_a_password_is_refused():
    data = bytearray(zipped({"a.csv": FUND}))
    data[6] |= 1  # the flag in the file's own header
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # and in the directory

    with pytest.raises(EncryptedFile, match="password"):
        tieout.read(bytes(data))


def test_bytes_and_files_are_bounded_in_sum():
    archive = Content(name="a.zip", data=zipped({f"{at}.csv": FUND for at in range(5)}))

    with pytest.raises(UnreadableFile, match="more than 400 bytes"):
        unpacked(archive, ArchiveLimits(most_bytes=400))
    with pytest.raises(UnreadableFile, match="more than 4 files"):
        unpacked(archive, ArchiveLimits(most_files=4))
