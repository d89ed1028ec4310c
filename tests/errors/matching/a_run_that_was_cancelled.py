from tieout.matching import Exact, Matcher, Rule

matcher = Matcher([Rule("same parcel", on=[Exact("tracking_no")])])
matcher.match([{"tracking_no": "SF1"}], [{"tracking_no": "SF1"}], progress=lambda news: news.done < 0)
