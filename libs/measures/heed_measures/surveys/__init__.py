"""Survey statistics: estimates with the errors of the real sampling design, and what may be published of them."""
