"""Tests of ledger rows and facts."""
