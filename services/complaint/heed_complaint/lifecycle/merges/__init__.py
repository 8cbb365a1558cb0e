"""Two complaints turn out to be one, or not after all."""
