"""Reports on complaints: each as JSON, as a table and as a plot."""
