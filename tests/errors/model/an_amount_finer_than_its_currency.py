from moneyed import Money

from tieout.model import CourierCharge

CourierCharge(charge_type="base", amount=Money("8.005", "CNY"))
