"""Tests of calendars, policies and agreements."""
