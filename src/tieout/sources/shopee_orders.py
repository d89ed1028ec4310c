"""Shopee Indonesia orders (Shopee 印尼站订单).

A workbook or text with captions in Indonesian: one article of an order a row, what the order comes to repeated on
each of its rows. Amounts are rupiah with `.` between thousands (`1.250.000`) or without marks, so a point never parts
cents.

Harga Setelah Diskon is the price of one piece after the discounts of seller and Shopee on the article, and is the
price of the line; what both gave before is not listed again. Off the whole order go the voucher and coins: Voucher
Ditanggung Penjual and Paket Diskon (Diskon dari Penjual) are the seller's, Voucher Ditanggung Shopee, Paket Diskon
(Diskon dari Shopee), Potongan Koin Shopee and Diskon Kartu Kredit are Shopee's and settled. Total Pembayaran is what
the buyer pays, with Ongkos Kirim Dibayar oleh Pembeli. Returned pieces are not read; the money is in the income
report.

Rules: `formats.md` 3.8. Made from a list of columns alone.
"""

from typing import Final

from tieout.money import DecimalMark
from tieout.sources._amounts import Amount, Price
from tieout.sources._measures import Number
from tieout.sources._orders import Less, OrderRows, order_format
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Text

__all__ = ["FORMAT"]

_STAGES: Final = {
    "Belum Bayar": "created",
    "Perlu Dikirim": "paid",
    "Telah Dikirim": "shipped",
    "Sedang Dikirim": "shipped",
    "Dikirim": "shipped",
    "Selesai": "completed",
    "Batal": "closed",
    "Dibatalkan": "closed",
}

FORMAT: Final = order_format(
    columns=(
        Key("No. Pesanan", to="platform_order_id", whole=True),
        Choice("Status Pesanan", _STAGES, to="status", lenient=True),
        Moment("Waktu Pesanan Dibuat", to="created_at"),
        Moment("Waktu Pembayaran Dilakukan", to="paid_at"),
        Moment("Waktu Pengiriman Diatur", to="shipped_at", optional=True),
        Moment("Waktu Pesanan Selesai", to="completed_at", optional=True),
        Key("Nomor Referensi SKU", to="_item.sku", needed=False),
        Text("Nama Produk", to="_item.title"),
        Number("Jumlah", to="_item.quantity", needed=True),
        Price("Harga Setelah Diskon", to="_item.unit_price", needed=True),
        Price("Voucher Ditanggung Penjual", to="_seller"),
        Price("Voucher Ditanggung Shopee", to="_shopee"),
        Price("Paket Diskon (Diskon dari Penjual)", to="_seller_bundle", optional=True),
        Price("Paket Diskon (Diskon dari Shopee)", to="_shopee_bundle", optional=True),
        Price("Potongan Koin Shopee", to="_coins", optional=True),
        Price("Diskon Kartu Kredit", to="_card", optional=True),
        Price("Ongkos Kirim Dibayar oleh Pembeli", to="freight_charged"),
        Amount("Total Pembayaran", to="_total"),
        Text("No. Resi", to="_row.tracking_no", optional=True),
        Text("Kota/Kabupaten", to="ship_to.city", optional=True),
        Text("Provinsi", to="ship_to.province", optional=True),
    ),
    rows=OrderRows(
        less=(
            Less("_seller_minor", "shop_coupon", "merchant"),
            Less("_seller_bundle_minor", "full_reduction", "merchant"),
            Less("_shopee_minor", "platform_coupon", "platform", settled=True),
            Less("_shopee_bundle_minor", "full_reduction", "platform", settled=True),
            Less("_coins_minor", "points", "platform", settled=True),
            Less("_card_minor", "bank_promo", "platform", settled=True),
        ),
        payable="_total_minor",
    ),
    currency="IDR",
    timezone="Asia/Jakarta",
    decimal_mark=DecimalMark.COMMA,
    evidence="columns only",
    constants={"platform": "shopee"},
    ignored=(
        *("Alasan Pembatalan", "Status Pembatalan/ Pengembalian", "Opsi Pengiriman", "Antar ke counter/ pick-up"),
        *(
            "Pesanan Harus Dikirimkan Sebelum (Menghindari keterlambatan)",
            "Metode Pembayaran",
            "SKU Induk",
            "Nama Variasi",
        ),
        *("Harga Awal", "Returned quantity", "Total Harga Produk", "Total Diskon", "Diskon Dari Penjual"),
        *(
            "Diskon Dari Shopee",
            "Berat Produk",
            "Jumlah Produk di Pesan",
            "Total Berat",
            "Nama Gudang",
            "Cashback Koin",
        ),
        *("Paket Diskon", "Estimasi Potongan Biaya Pengiriman", "Ongkos Kirim Pengembalian Barang"),
        *("Perkiraan Ongkos Kirim", "Catatan dari Pembeli", "Catatan", "Username (Pembeli)", "Nama Penerima"),
        *("No. Telepon", "Alamat Pengiriman"),
    ),
)
