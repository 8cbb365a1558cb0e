"""Read model of customers: their state, merges, scores, forecasts and purchases."""
