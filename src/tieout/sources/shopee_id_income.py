"""Shopee Indonesia income (Shopee Penghasilan, laporan dana dilepas).

A workbook. The sheet `Income` (newer: `Penghasilan`) has one order whose money was released a line, below some rows
with the shop and the period, and a row of sums at the end; the newer one has rows of the order's articles below it,
which are set apart. The sheet `Summary` says totals. `Total Penghasilan` is what was released; each of the columns
that it is made of becomes a line of its own, so that their sum is what was released. A discount that the seller
grants lowers the sale and has its type. What stays unexplained, such as a fee in a column that is new, is a line of
an unknown type, and a check that does not hold. The columns behind the total that split up a refund are not read.

Days are taken to be those of Jakarta.

Rules: `domain.md` 4.2; `formats.md` 4.13. No real file was at hand.
"""

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.money import to_minor
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._grid import LINE
from tieout.sources._line_types import fee_or_refund, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_money, declared_sum, tie_lines
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_TECH: Final = fee_or_refund("tech_service_fee")
_SHIPPING: Final = fee_or_refund("shipping_fee")
_PARTS: Final = (
    Part(("Harga Asli Produk", "Harga Produk"), ("sale", "sale_refund")),
    Part("Total Diskon Produk", "sale", optional=True),
    Part(("Voucher disponsor oleh Penjual", "Diskon Voucher Ditanggung Penjual"), "sale", optional=True),
    Part("Voucher co-fund disponsor oleh Penjual", "sale", optional=True),
    Part(("Cashback Koin disponsori Penjual", "Cashback Koin yang Ditanggung Penjual"), "sale", optional=True),
    Part("Cashback Koin Co-fund disponsori Penjual", "sale", optional=True),
    Part("Jumlah Pengembalian Dana ke Pembeli", "sale_refund"),
    Part("Diskon Produk dari Shopee", ("platform_subsidy", "subsidy_clawback"), optional=True),
    Part("Ongkir Dibayar Pembeli", ("shipping_income", "sale_refund"), optional=True),
    Part(("Diskon Ongkir Ditanggung Jasa Kirim", "Potongan Ongkos Kirim dari Jasa Kirim"), _SHIPPING, optional=True),
    Part("Gratis Ongkir dari Shopee", ("platform_subsidy", "subsidy_clawback"), optional=True),
    Part(
        ("Ongkir yang Diteruskan oleh Shopee ke Jasa Kirim", "Ongkos Kirim yang Dibayarkan ke Jasa Kirim"),
        _SHIPPING,
        optional=True,
    ),
    Part("Ongkos Kirim Pengembalian Barang", _SHIPPING, optional=True),
    Part(("Kembali ke Biaya Pengiriman Pengirim", "Return to Seller Fee"), _SHIPPING, optional=True),
    Part("Pengembalian Biaya Kirim", _SHIPPING, optional=True),
    Part("Biaya Komisi AMS", fee_or_refund("affiliate"), optional=True),
    Part(("Biaya Administrasi (termasuk PPN 11%)", "Biaya Administrasi"), fee_or_refund("commission"), optional=True),
    Part(("Biaya Layanan", "Biaya Layanan (termasuk PPN 11%)"), _TECH, optional=True),
    Part("Biaya Layanan Promo XTRA", _TECH, optional=True),
    Part("Biaya Proses Pesanan", _TECH, optional=True),
    Part(("Biaya Program Hemat Biaya Kirim", "Biaya Program"), _TECH, optional=True),
    Part("Premi", fee_or_refund("freight_insurance"), optional=True),
    Part("Biaya Transaksi", fee_or_refund("payment_fee"), optional=True),
    Part("Biaya Pembayaran", fee_or_refund("payment_fee"), optional=True),
    Part("Biaya Kartu Kredit", fee_or_refund("payment_fee"), optional=True),
    Part("Biaya Kampanye", fee_or_refund("ad_fee"), optional=True),
    Part("Bea Masuk, PPN & PPh", ("tax_collected", "tax_withheld"), optional=True),
    Part("PPh 22", ("tax_collected", "tax_withheld"), optional=True),
    Part("Biaya Isi Saldo Otomatis (dari Penghasilan)", "ad_topup", optional=True),
)
_BEHIND: Final = {
    "Kompensasi": ("claim_reimbursement", "buyer_compensation"),
    "Promo Gratis Ongkir dari Penjual": ("fee_refund", "shipping_fee"),
}
"""Columns behind the total: whether they belong to it differs, so each does where it is just what is missing."""


def _is_apart(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    return cell("Lihat berdasarkan").str.to_lowercase() == "sku"


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    explained = pl.sum_horizontal(pl.col(part.name).fill_null(0) for part in _PARTS)
    rest = pl.col("amount_minor") - explained
    behind = [pl.when((rest != 0) & (pl.col(f"_{name}_minor") == rest)).then(pl.lit(name)) for name in _BEHIND]
    values = values.with_columns(_behind=pl.coalesce(*behind))
    return values.with_columns(_behind_minor=pl.when(pl.col("_behind").is_not_null()).then(rest))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_rest = pl.col("type").is_null()
    kinds = [
        pl.when(pl.col("_behind") == name).then(
            pl.when(pl.col("amount_minor") < 0).then(pl.lit(lost)).otherwise(pl.lit(gained))
        )
        for name, (gained, lost) in _BEHIND.items()
    ]
    is_empty = (pl.col("amount_minor") == 0) & (pl.len().over(LINE) == 1)
    rest = pl.coalesce(*kinds, pl.when(is_empty).then(pl.lit("sale")).otherwise(pl.lit("unknown")))
    words = pl.coalesce("_behind", pl.lit("Total Penghasilan"))
    frame = frame.with_columns(
        type=pl.when(is_rest).then(rest).otherwise(pl.col("type")),
        description=pl.when(is_rest).then(words).otherwise(pl.col("description")),
    )
    note_unknown(reading, frame, "description")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    parts = [*(part.name for part in _PARTS), "_behind_minor"]
    yield tie_lines(reading, "Total Penghasilan = its parts", total="amount_minor", plus=parts)
    said = reading.elsewhere("Total yang Dilepas", "3. Total yang Dilepas")
    name = "Total yang Dilepas"
    total = declared_money(reading, said, "IDR", name=name)
    if total is not None:
        yield declared_sum(reading, name, pl.col("amount_minor"), to_minor(total), currency="IDR")


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="IDR",
    timezone="Asia/Jakarta",
    evidence="columns only",
    constants={"platform": "shopee"},
    columns=(
        Key("No. Pesanan", to="platform_order_id"),
        Text("Lihat berdasarkan", to="_seen_by", optional=True),
        Key("No. Pengajuan", to="refund_id", needed=False, optional=True),
        Moment("Tanggal Dana Dilepaskan", to="posted_at", needed=True),
        Amount("Total Penghasilan", to="amount"),
        *(Amount(caption, to=f"_{caption}", optional=True) for caption in _BEHIND),
        *_PARTS,
    ),
    sheets=("Income", "Penghasilan"),
    parts_included=True,
    is_apart=_is_apart,
    ignored=(
        *("No.", "ID Produk", "Nama Produk", "Username (Pembeli)", "Waktu Pesanan Dibuat"),
        *(
            "Metode pembayaran pembeli",
            "Metode Pelepasan Dana",
            "Tipe Pesanan",
            "Kode Voucher",
            "Jasa Kirim",
            "Nama Kurir",
        ),
        *("Pengembalian Dana ke Pembeli", "Pro-rata Koin yang Ditukarkan untuk Pengembalian Barang"),
        "Pro-rata Voucher Shopee untuk Pengembalian Barang",
        "Pro-rated Bank Payment Channel Promotion for return refund Items",
        "Pro-rated Shopee Payment Channel Promotion for return refund Items",
    ),
    derive=_derive,
    shape=_shape,
    checks=_checks,
)
