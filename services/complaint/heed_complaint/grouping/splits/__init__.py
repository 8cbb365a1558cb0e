"""Two matters in one complaint."""
