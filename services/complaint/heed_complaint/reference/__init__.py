"""Reference data that operators edit: taxonomies and the service catalogue."""
