"""Pages for people without an account: plain HTML, no script, at home on a phone."""
