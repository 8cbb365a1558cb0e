"""Read model of scores: tier, churn risk, loyalty and stage of each customer."""
