"""Terms: the calendars, policies and agreements that apply to a complaint."""
