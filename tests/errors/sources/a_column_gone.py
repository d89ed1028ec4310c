import tieout

tieout.read(
    "运单号,重量\nSF1012345678901,1.5\n".encode(),
    format="generic_table",
    record="CourierCharge",
    columns={"tracking_no": "运单号", "amount": "金额"},
    constants={"charge_type": "all_in"},
    currency="CNY",
)
