"""Server-side pages for people without an account: plain HTML without scripts, fit for a phone."""
