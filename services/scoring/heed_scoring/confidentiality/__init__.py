"""Confidential complaints in scores: for who may not see them the effect stays, the cause is not told."""
