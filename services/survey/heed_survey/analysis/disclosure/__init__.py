"""Disclosure control: no result, and no combination of results, is about fewer people than the smallest group."""
