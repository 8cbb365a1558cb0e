"""Fields of the profile groups, as pydantic models from which the published schemas are generated. Pure."""
