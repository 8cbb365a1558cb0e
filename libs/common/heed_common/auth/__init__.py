"""Authentication and authorization: API keys, JWT, scopes."""
