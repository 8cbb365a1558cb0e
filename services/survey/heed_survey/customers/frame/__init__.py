"""Customer frame: what samples, quotas and policies read of customers. A read model without personal data."""
