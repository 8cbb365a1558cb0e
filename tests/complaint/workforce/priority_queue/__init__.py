"""Tests of the priority queue."""
