"""Reference data that operators edit: taxonomies, service catalogue, organisation."""
