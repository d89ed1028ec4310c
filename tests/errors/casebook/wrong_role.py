from tieout.casebook import Actor, Casebook

with Casebook("sqlite://") as cases:
    cases.alerts.watch([], actor=Actor("wang", roles=["logistics"]))
