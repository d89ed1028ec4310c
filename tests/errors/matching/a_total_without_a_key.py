from tieout.matching import Rule, Total

Rule("batch", on=[Total("amount")], pairing="n:1")
