"""Tests of features, value, loyalty, churn and score."""
