"""Repurchase ladder: from customers who did not complain to those whose complaint was resolved quickly."""
