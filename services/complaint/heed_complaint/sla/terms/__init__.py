"""Which calendar, policy and agreement apply to a complaint."""
