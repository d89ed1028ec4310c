import tieout

tieout.read(b"PK\x03\x04" + bytes(200))
