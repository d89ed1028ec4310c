"""A shop's month end as a notebook in percent format, which is a script as well: what `tieout demo` does, step by step."""

# %% [markdown]
# # A shop's month end
# VS Code and Jupytext open this file as cells, and `python examples/close_month_notebook.py` runs it as it is.

# %%
from pathlib import Path

import attrs

import tieout
from tieout import ledgers
from tieout.closing import CloseConfig, ReportRule, close
from tieout.reports import ReportSpec

MONTH = Path(tieout.__path__[0]) / "_demo" / "month"  # the bundled month; yours is where your downloads are
show = globals().get("display", print)  # a notebook brings `display`, which shows tables as tables

# %% [markdown]
# ## Look at the files
# Twenty-one files as they were downloaded. Platforms, channels, couriers and banks are told from the content.

# %%
folder = tieout.read_folder(MONTH / "files")
for batch in folder.batches:
    show(batch.summary)

# %% [markdown]
# The others are the shop's own tables: nobody can know what their columns are. `close.toml` names a mapping for each, whose shop
# it is, and the contracts. `examples/close_month.py` says the same in Python.

# %%
show((MONTH / "close.toml").read_text(encoding="utf-8"))
config = CloseConfig.load(MONTH / "close.toml")
config = attrs.evolve(config, out=Path("close-2026-10"), report=ReportRule(xlsx=False, pdf=False, plots=False))

# %% [markdown]
# ## Close
# Reads, reconciles, ties out, posts, and writes it all into a folder. Doing it again changes nothing.

# %%
closed = close(config)
show(closed)

# %% [markdown]
# ## What was found
# Each discrepancy names its type, its money, who handles it, and the lines that it comes from.

# %%
found = [one for outcome in closed.outcomes for one in outcome.discrepancies]
worst = max(found, key=lambda one: abs(one.impact.amount))
show(f"{len(found)} discrepancies; the largest is {worst.type}: {worst.reason}")
show(f"{worst.provenance.file}, line {worst.provenance.line}; next: {worst.next_step}")

# %% [markdown]
# Its reconciliation, payouts against the bank, in figures:

# %%
for outcome in closed.outcomes:
    if outcome.reconciliation == "receipts":
        show(outcome.summary())

# %% [markdown]
# ## Reports
# The standard ones are on the page `close-2026-10/report.html`. One of your own is said by what it measures and by what.

# %%
show([report.name for report in closed.reports])
own = ReportSpec(name="refunds", measures=["refunded_amount", "refund_rate"], dimensions=["platform", "shop"])
for section in own.make(closed.data).sections:
    show(section.frame.select(column.name for column in section.columns))

# %% [markdown]
# ## The books
# The vouchers balance, or they could not have been made; a file for your books is one line.

# %%
show(closed.balance)
ledgers.write(closed.vouchers, "vouchers-2026-10.csv", ledger="journal_csv", book=config.book)
