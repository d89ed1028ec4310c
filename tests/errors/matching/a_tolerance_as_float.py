from tieout.matching import Near

Near("amount", by=0.1)
