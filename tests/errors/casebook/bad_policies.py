from pathlib import Path

from tieout.casebook import Policies

Path("ours.toml").write_text('[[rule]]\ntypes = ["courier."]\nowner = "courier desk"\n')
Policies.load("ours.toml")
