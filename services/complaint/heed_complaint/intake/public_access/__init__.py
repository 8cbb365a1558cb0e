"""Access without an account: settings of the organisation and rate limits for web form, email and status links."""
