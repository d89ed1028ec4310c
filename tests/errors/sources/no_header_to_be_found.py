import tieout

tieout.read(
    b"name,age\nAnna,30\n",
    format="generic_table",
    record="CourierCharge",
    columns={"tracking_no": "运单号", "amount": "金额"},
    constants={"charge_type": "all_in"},
    currency="CNY",
)
