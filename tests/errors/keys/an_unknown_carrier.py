from tieout.keys import carrier_of

carrier_of("acme")
