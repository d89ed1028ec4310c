import tieout

tieout.read("类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）\n合计,1,2.00,0,0.00\n".encode())
