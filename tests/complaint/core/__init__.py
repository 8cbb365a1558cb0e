"""Tests of the complaint, visibility and the read model of customers."""
