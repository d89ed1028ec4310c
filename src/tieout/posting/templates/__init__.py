"""Templates of voucher lines: one module a kind of event, found by file."""
