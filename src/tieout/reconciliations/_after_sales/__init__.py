"""Parts of the reconciliation of after-sales: what each case needs, versions of refunds, who paid them, and the findings."""
