"""Files of responses: stored first, then processed a chunk at a time."""
