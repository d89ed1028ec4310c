from tieout.reports.pdf import write_vouchers

write_vouchers([], "vouchers.pdf", book_name="灯屋", per_page=4)
