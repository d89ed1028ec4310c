from tieout.casebook import AlertRule

AlertRule("dear parcels", types=["courier.*"], count=50, overdue=True, to=["dingtalk"])
