"""Actions: what follows from low answers, care tasks, and improvements with their effect."""
