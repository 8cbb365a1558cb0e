"""How a complaint comes in without an account: the form, the mail, and the private link to see how it stands."""
