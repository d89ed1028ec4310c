import tieout

tieout.read("bill.csv")
