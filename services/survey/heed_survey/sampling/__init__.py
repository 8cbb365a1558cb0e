"""Sampling: samples of customers, and quotas of responses."""
