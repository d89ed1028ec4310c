import tieout

tieout.read(b"")
