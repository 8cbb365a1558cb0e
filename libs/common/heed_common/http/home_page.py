"""The page at `/`: where everything is, for a person who opens the address in a browser."""

from fastapi.responses import HTMLResponse

from heed_common import VERSION

PATH = "/"
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Heed</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem; }}
td {{ padding: 0.2rem 1.5rem 0.2rem 0; vertical-align: top; }}
</style>
</head>
<body>
<h1>Heed</h1>
<p>Customers, complaints, surveys and scores. Programs send <code>Authorization: Bearer …</code> with each request to
<code>/v1/…</code>; these pages need no token.</p>
<table>
<tr><td><a href="/docs">/docs</a></td><td>every call, to read and to try</td></tr>
<tr><td><a href="/docs/problems">/docs/problems</a></td><td>every error: what it means, and what to do</td></tr>
<tr><td><a href="/openapi.json">/openapi.json</a></td><td>the HTTP interface, for programs</td></tr>
<tr><td><a href="/asyncapi.json">/asyncapi.json</a></td><td>the events; <code>/schemas/…</code> has each one</td></tr>
<tr><td><a href="/readyz">/readyz</a></td><td>whether it is ready, and what needs attention</td></tr>
<tr><td><code>/v1/whoami</code></td><td>who you are, with which scopes</td></tr>
</table>
<p>Version {VERSION}</p>
</body>
</html>
"""


async def home() -> HTMLResponse:
    """Return the page."""
    return HTMLResponse(PAGE)
