"""Media type of a request's body."""

from starlette.requests import Request


def media_type(request: Request) -> str:
    """Return the media type in lower case and without parameters; empty if there is none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_json(request: Request) -> bool:
    named = media_type(request)
    return named == "application/json" or named.endswith("+json")
