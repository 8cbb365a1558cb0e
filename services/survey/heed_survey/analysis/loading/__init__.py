"""Reading the responses of a survey into arrays."""
