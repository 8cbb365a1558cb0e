"""Rebuild of ledger, facts and merges from the topics: compared with the tables in use, swapped on request."""
