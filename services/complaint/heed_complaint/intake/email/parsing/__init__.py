"""Parsing of gateway documents and raw messages into the fields of a mail. Pure, and independent of the service."""
