"""Timers of messages: progress reports, and requests to answer whether it is solved."""
