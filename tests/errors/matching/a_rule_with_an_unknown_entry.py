from tieout.matching import Matcher

Matcher.from_toml("""
version = 1
[[rules]]
name = "same parcel"
on = [{ condition = "exact", names = ["tracking_no"] }]
given = [{ condition = "near", name = "ship_date", dayz = 5 }]
""")
