"""Replay: the timeline, rebuilt from the topics and put in use."""
