"""Lifecycle of surveys: pilot, publication, revision, closing."""
