"""Tests of explanation texts."""
