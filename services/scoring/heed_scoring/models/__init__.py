"""Scoring models: fitting, challengers, outcomes, versions."""
