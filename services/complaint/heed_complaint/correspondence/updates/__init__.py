"""Updates: acknowledgement, progress, decision, remedy and closing, each queued with what it announces."""
