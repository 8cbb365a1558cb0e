"""Look-up of a caller: who it is, and what is open."""
