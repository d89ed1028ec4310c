"""Writes the workbooks of this folder."""

from datetime import datetime
from pathlib import Path

import xlsxwriter

FOLDER = Path(__file__).parent
HEADER = (
    "No.;No. Pesanan;No. Pengajuan;Username (Pembeli);Waktu Pesanan Dibuat;Metode pembayaran pembeli;Tanggal Dana Dilepaskan;"
    "Harga Asli Produk;Total Diskon Produk;Jumlah Pengembalian Dana ke Pembeli;Diskon Produk dari Shopee;"
    "Voucher disponsor oleh Penjual;Ongkir Dibayar Pembeli;Gratis Ongkir dari Shopee;"
    "Ongkir yang Diteruskan oleh Shopee ke Jasa Kirim;Biaya Komisi AMS;Biaya Administrasi (termasuk PPN 11%);Biaya  Layanan;"
    "Biaya Proses Pesanan;Premi;Bea Masuk, PPN & PPh;Total Penghasilan;Kode Voucher;Kompensasi;Jasa Kirim;Nama Kurir"
)
INCOME = [
    (
        "1;260501AAAAAAA1;-;pembeli_contoh;2026-05-01;SPayLater;2026-05-10;120000;-20000;0;5000;-3000;8000;7000;-15000;-2000;-8000;-4000;-1250"
        ";-350;-400;86000;-;0;Contoh Express;Contoh"
    ),
    "2;260501AAAAAAA2;RET1;pembeli_contoh;2026-05-01;COD;2026-05-11;50000;0;-50000;0;0;0;0;0;0;0;0;0;0;0;0;-;0;Contoh Express;Contoh",
    "3;260501AAAAAAA3;-;pembeli_contoh;2026-05-02;COD;2026-05-11;0;0;0;0;0;0;0;-9000;0;0;0;0;0;0;-1000;-;8000;Contoh Express;Contoh",
    "4;260501AAAAAAA4;-;pembeli_contoh;2026-05-02;COD;2026-05-12;10000;0;0;0;0;0;0;0;0;-800;0;0;0;0;9100;-;0;Contoh Express;Contoh",
    "5;260501AAAAAAA5;-;pembeli_contoh;2026-05-02;COD;2026-05-12;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;-;0;Contoh Express;Contoh",
    "6;260501AAAAAAA6;-;pembeli_contoh;2026-05-02;COD;nanti;100;0;0;0;0;0;0;0;0;0;0;0;0;0;100;-;0;Contoh Express;Contoh",
    "Total;;;;;;;180100;-20000;-50000;5000;-3000;8000;7000;-24000;-2000;-8800;-4000;-1250;-350;-400;94200;;8000;;",
]
NEW_HEADER = (
    "No.;Lihat berdasarkan;No. Pesanan;No. Pengajuan;ID Produk;Nama Produk;Waktu Pesanan Dibuat;Tanggal Dana Dilepaskan;"
    "Total Penghasilan;Harga Produk;Jumlah Pengembalian Dana ke Pembeli;Ongkir Dibayar Pembeli;"
    "Ongkos Kirim yang Dibayarkan ke Jasa Kirim;Biaya Administrasi (termasuk PPN 11%);Biaya Pembayaran;Username (Pembeli)"
)
NEW = [
    "1;Order;260801BBBBBBB1;;-;-;2026-08-01;2026-08-10;90500.5;100000;0;5000;-5000;-8000;-1499.5;pembeli_contoh",
    "1;Sku;260801BBBBBBB1;-;900001;Sabun;2026-08-01;2026-08-10;90500.5;100000;0;5000;-5000;-8000;-1499.5;",
]


def write(name, sheet, rows, summary):
    with xlsxwriter.Workbook(FOLDER / name) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 - a workbook's creation date has no zone
        for title, lines in (("Summary", summary), (sheet, rows)):
            page = book.add_worksheet(title)
            for at, line in enumerate(lines):
                for column, cell in enumerate(line.split(";")):
                    if column > 6 and cell.lstrip("-").replace(".", "").isdigit() and title != "Summary":
                        page.write_number(at, column, float(cell))
                    else:
                        page.write_string(at, column, cell)


PREAMBLE = ["Laporan Penghasilan", "Username (Penjual);toko_contoh", "Dari;2026-05-01", "ke;2026-05-31", ""]
write("2026-05.xlsx", "Income", [*PREAMBLE, HEADER, *INCOME], ["Ringkasan;;;Rp", "3. Total yang Dilepas;;;94200"])
write(
    "2026-08.xlsx",
    "Penghasilan",
    ["Informasi Pesanan", "", NEW_HEADER, *NEW],
    ["Ringkasan", "3. Total yang Dilepas;;;90500"],
)
