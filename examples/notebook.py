"""A courier's bill, from files to a trial balance, as a notebook in percent format that is a script as well."""

# %% [markdown]
# # A courier's bill, from files to a trial balance
# VS Code and Jupytext open this file as cells, and `python examples/notebook.py` runs it as it is.

# %%
import tieout
from tieout.posting import Book, post
from tieout.posting.statements import trial_balance
from tieout.reconciliations import CourierBill
from tieout.tariffs import RateCard

show = globals().get("display", print)  # a notebook brings `display`, which shows tables as tables

# %% [markdown]
# ## Read
# The bundled month of a shop: what it shipped, what came back, and the bill of ZTO (中通). Every line of a file becomes a
# record or is listed as one that cannot be read.

# %%
demo = f"{tieout.__path__[0]}/_demo"
shipments = tieout.read(f"{demo}/shipments.csv", format="generic_table", mapping=f"{demo}/shipments_mapping.toml")
returns = tieout.read(f"{demo}/returns.csv", format="generic_table", mapping=f"{demo}/returns_mapping.toml")
bill = tieout.read(f"{demo}/zto_bill.csv", format="generic_table", mapping=f"{demo}/zto_mapping.toml")
show(bill)

# %% [markdown]
# ## Reconcile
# Each billed parcel is priced again by the contract. The proof says that no parcel and no cent is lost between the two sides.

# %%
audit = CourierBill(rate_card=RateCard.load(f"{demo}/zto_contract.toml"))
outcome = audit.run(shipments=shipments.records, charges=bill.records, returns=returns.records)
show(outcome.summary())
show(outcome.proof)

# %%
columns = ["type", "severity", "impact_minor", "claimable", "reason"]
show(outcome.discrepancies.to_polars().select(columns).sort("impact_minor", descending=True).head(5))

# %% [markdown]
# ## Post
# What was found becomes balanced vouchers (记账凭证), each line of which says the lines of the files that it comes from.

# %%
book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
vouchers = post(outcome, book=book, period="2026-10")
show(vouchers.summary())
show(tieout.ledgers.render(vouchers, ledger="hledger", book=book).split("\n\n")[1])

# %% [markdown]
# ## Check
# The trial balance (科目余额表) is added up from the vouchers alone.

# %%
october = trial_balance(vouchers, book=book, period="2026-10")
show(october)
show(october.proof)
