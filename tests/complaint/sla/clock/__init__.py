"""Tests of the pure clock."""
