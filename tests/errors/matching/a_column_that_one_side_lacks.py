from tieout.matching import Exact, Matcher, Rule

Matcher([Rule("same parcel", on=[Exact("tracking_no")])]).match([{"tracking_no": "SF1"}], [{"waybill": "SF1"}])
