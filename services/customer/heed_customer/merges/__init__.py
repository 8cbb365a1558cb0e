"""That two customers are one, and that they are two after all."""
