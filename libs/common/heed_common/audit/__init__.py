"""Audit trail: who did what through which key, recorded in the transaction of the write itself."""
