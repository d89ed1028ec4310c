import tieout

tieout.read(b"name,age\nAnna,30\n")
