"""Report on value saved: expected value of resolved complaints, beside the costs."""
