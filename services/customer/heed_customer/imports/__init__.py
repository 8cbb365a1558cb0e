"""Imports of files of customers and purchases."""
