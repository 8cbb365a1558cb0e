"""The page at `/`: where everything is, for a person who opens the address in a browser."""

from fastapi.responses import HTMLResponse

from heed_common import VERSION

PATH = "/"
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Heed</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 42rem; padding: 0 1rem; }}
a {{ color: inherit; }}
dt {{ margin-top: 1rem; font-weight: 600; }}
dd {{ margin: 0; }}
dd:lang(zh-Hans), p:lang(zh-Hans) {{ opacity: 0.85; }}
</style>
</head>
<body>
<main>
<h1>Heed</h1>
<p>Customers, complaints, surveys and scores. Programs send <code>Authorization: Bearer …</code> with each request to
<code>/v1/…</code>; these pages need no token.</p>
<p lang="zh-Hans">客户、投诉、调查与评分。程序访问<code>/v1/…</code>时须附带
<code>Authorization: Bearer …</code>；以下页面无需令牌。</p>
<dl>
<dt><a href="/docs">/docs</a></dt>
<dd>every call, to read and to try</dd><dd lang="zh-Hans">全部接口，可阅读并试用</dd>
<dt><a href="/docs/problems">/docs/problems</a></dt>
<dd>every error: what it means, and what to do</dd><dd lang="zh-Hans">全部错误：含义与处理办法</dd>
<dt><a href="/openapi.json">/openapi.json</a></dt>
<dd>the HTTP interface, for programs</dd><dd lang="zh-Hans">HTTP接口描述，供程序使用</dd>
<dt><a href="/asyncapi.json">/asyncapi.json</a></dt>
<dd>the events; <code>/schemas/…</code> has each one</dd>
<dd lang="zh-Hans">事件描述；各事件见<code>/schemas/…</code></dd>
<dt><a href="/readyz">/readyz</a></dt>
<dd>whether it is ready, and what needs attention</dd><dd lang="zh-Hans">是否就绪，以及需要处理的事项</dd>
<dt><code>/v1/whoami</code></dt>
<dd>who you are, with which scopes</dd><dd lang="zh-Hans">当前身份及其权限</dd>
</dl>
<p>Version {VERSION}</p>
</main>
</body>
</html>
"""


async def home() -> HTMLResponse:
    """Return the page."""
    return HTMLResponse(PAGE)
