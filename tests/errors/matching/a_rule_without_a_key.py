from tieout.matching import Rule

Rule("same parcel", on=[])
