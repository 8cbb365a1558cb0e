"""Value, loyalty and churn risk of every customer, recalculated by every event, with the reason attached."""
