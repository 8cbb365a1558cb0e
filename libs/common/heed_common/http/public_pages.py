"""Headers of HTML pages for people without an account."""

import base64
import hashlib


def page_headers(style: str) -> dict[str, str]:
    """Return the headers of a page with this style sheet: it runs no script, loads nothing, and is not cached."""
    style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{style_hash}'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Vary": "Accept, Accept-Language",
    }
