"""The form behind a link at /s/{token}: pages rendered on the server, usable without a script."""
