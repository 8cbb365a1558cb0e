"""POST requests to addresses that callers supply, guarded against requests into the operator's own network (SSRF)."""
