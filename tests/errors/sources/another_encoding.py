import tieout

tieout.read("运单号,金额\nSF1,8.00\n".encode("gb18030"), encoding="utf-8")
