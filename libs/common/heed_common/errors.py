"""Errors as classes with a status and a code; one handler in `http` turns them into problem details."""

from typing import ClassVar


class HeedError(Exception):
    """An error that callers may see. Its message never repeats what the caller sent."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, detail: str | None = None, *, pointer: str | None = None, **members: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.pointer = pointer
        """JSON pointer to the invalid part of the body."""
        self.members = members
        """Further members of the problem, such as the allowed transitions."""

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that belong to the problem, such as Retry-After."""
        return {}


class BadRequest(HeedError):
    status, code, title = 400, "bad_request", "The request could not be understood."


class Unauthenticated(HeedError):
    status, code, title = 401, "unauthenticated", "A valid bearer token is needed."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(HeedError):
    status, code, title = 403, "forbidden", "The token does not carry the scope that this call needs."


class NotFound(HeedError):
    status, code, title = 404, "not_found", "There is no such thing here."


class Conflict(HeedError):
    status, code, title = 409, "conflict", "The request does not fit the present state."


class ExternalIdConflict(Conflict):
    code, title = "external_id_conflict", "This external_id stands for other content already."


class Gone(HeedError):
    status, code, title = 410, "gone", "This was here and has been removed."


class PreconditionFailed(HeedError):
    status, code, title = 412, "precondition_failed", "The resource has changed since it was read."


class TooLarge(HeedError):
    status, code, title = 413, "too_large", "The body is larger than this call takes."


class Unprocessable(HeedError):
    status, code, title = 422, "unprocessable", "The content does not make sense."


class PreconditionRequired(HeedError):
    status, code, title = 428, "precondition_required", "If-Match must name the version to change."


class TooManyRequests(HeedError):
    status, code, title = 429, "too_many_requests", "Too many requests; please wait a moment."


class Unavailable(HeedError):
    status, code, title = 503, "unavailable", "Not possible at this moment; please try again."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}
