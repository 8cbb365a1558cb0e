"""Pareto report: the few groups that account for most complaints or remedy costs."""
