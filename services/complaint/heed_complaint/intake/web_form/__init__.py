"""The public web form: opens a complaint without an account and returns a private status link."""
