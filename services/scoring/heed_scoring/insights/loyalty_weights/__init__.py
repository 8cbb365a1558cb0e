"""Weights of loyalty indicators, from pairwise judgements of an operator."""
