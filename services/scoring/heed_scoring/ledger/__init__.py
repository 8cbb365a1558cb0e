"""The ledger: a row for every event, for ever, and the facts folded from the rows of a customer."""
