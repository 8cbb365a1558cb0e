"""Checks of the repository itself: vocabulary, structure, dependencies."""
