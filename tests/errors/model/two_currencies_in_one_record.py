from moneyed import Money

from tieout.model import CourierInvoice

CourierInvoice(bill_no="202610", currency="CNY", total=Money("1234.50", "USD"))
