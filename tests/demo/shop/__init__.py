"""The demo's shop-month: a model of the month (`world`), what goes wrong in it (`faults`), and its files (`layouts`).

Nothing of tieout is used: what is right is worked out here a second time, by plain arithmetic.
"""
