"""What belongs to all services and to none: callers, keys and the audit trail, served with all four databases."""
