from tieout._discovery import Leaf

Leaf(name="acme_bill", module="acme_tieout.bill", builtin=False).load()
