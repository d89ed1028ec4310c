from moneyed import Money

from tieout.model import CourierCharge

CourierCharge(charge_type="base", leg="sideways", amount=Money("8.00", "CNY"))
