"""Style sheet and security headers of all HTML pages for people without an account."""

import base64
import hashlib

STYLE = """
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0 auto;max-width:40rem;padding:1rem 1rem 3rem;overflow-wrap:anywhere}
body{font:1.0625rem/1.55 system-ui,sans-serif}
h1{font-size:1.5rem;line-height:1.25;margin:1rem 0}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
a{color:inherit}
ul.choices{list-style:none;padding:0}
ul.choices a,button{display:block;width:100%;padding:.8rem 1rem;margin:.5rem 0}
ul.choices a,button{border:1px solid;border-radius:.5rem;font:inherit}
ul.choices a{text-decoration:none}
button{background:#14532d;color:#fff;border-color:#14532d;font-weight:600;cursor:pointer}
button.second{background:transparent;color:inherit;border-color:currentColor;font-weight:400}
label{display:block;margin:1.1rem 0 .25rem;font-weight:600}
label span,.hint{font-weight:400;font-size:.95rem;opacity:.85}
input,select,textarea{width:100%;padding:.7rem;font:inherit;border:1px solid #767676;border-radius:.4rem}
input,select,textarea{background:Field;color:FieldText}
textarea{min-height:9rem}
:focus-visible{outline:3px solid #2563eb;outline-offset:2px}
.leave{position:absolute;left:-9999px}
.problem{border-left:.35rem solid #b91c1c;padding:.6rem 1rem;margin:1rem 0}
.state{border-left:.35rem solid #14532d;padding:.6rem 1rem;font-size:1.15rem}
details,.message{border:1px solid #8888;border-radius:.5rem;padding:.7rem 1rem;margin:.6rem 0}
summary{font-weight:600;cursor:pointer}
.text{white-space:pre-wrap;margin:.3rem 0}
.languages{text-align:right;margin:0}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Vary": "Accept, Accept-Language",
}
"""A page runs no script, loads nothing, cannot be framed, and is not cached."""
