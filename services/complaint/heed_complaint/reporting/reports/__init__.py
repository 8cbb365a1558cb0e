"""What a house learns from its complaints: each report as numbers, as a table and as a picture."""
