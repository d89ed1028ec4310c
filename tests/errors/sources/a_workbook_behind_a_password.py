import tieout

# A compound document with the stream that an encrypted workbook has.
marks = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
tieout.read(marks + "EncryptedPackage".encode("utf-16-le") + bytes(2000))
