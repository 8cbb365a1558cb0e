"""Tests of model versions, fits, challengers and outcomes."""
