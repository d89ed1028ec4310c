from tieout.matching import Rule, Subset

Rule("batch deposit", on=[Subset("amount")])
