"""Read model of complaints: whose they are, whether they are open, and whether they are confidential."""
