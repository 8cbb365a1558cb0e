"""Reports and corrective actions."""
