"""Scoring engine, pure: from facts to features, value, loyalty, churn risk and score."""
