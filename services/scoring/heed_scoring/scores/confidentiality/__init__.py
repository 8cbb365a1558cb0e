"""Confidential complaints in scores: callers without permission see the effect but not the cause."""
