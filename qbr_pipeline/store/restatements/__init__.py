"""The ledger of restatements: why a closed month's published value changed, row by row."""
