import tieout

tieout.read(b"a,b\n1,2\n", format="sf_weekly_bill")
