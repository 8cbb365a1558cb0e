"""Each change of calendars, policies and agreements has a number, and complaints know up to which they are planned."""
