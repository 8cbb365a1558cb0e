"""Lists that operators edit: taxonomies, service catalogue, organisation."""
