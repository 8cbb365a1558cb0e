"""Who bought again: the ladder from those who stayed silent to those whose complaint was resolved quickly."""
