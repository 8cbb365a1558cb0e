"""Imports of files: parts that the imports of all services share."""
