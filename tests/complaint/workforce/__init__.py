"""Tests of staff, assignment, four eyes, priority and capacity."""
