"""Drop-off: at which question respondents leave the form."""
