"""Customer value: current and potential."""
