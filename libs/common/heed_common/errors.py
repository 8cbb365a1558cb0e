"""Errors as classes with a status and a code; one handler in `http` turns them into problem details."""

from typing import ClassVar


class HeedError(Exception):
    """An error that callers may see. Its message never repeats what the caller sent."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side."
    advice: ClassVar[str] = (
        "Send the same request again, a POST with its Idempotency-Key. If it fails again, report the `X-Request-ID`."
    )
    """What a caller can do about it, for the catalogue of problems."""

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
    advice = "Correct the form of the request: repeated unchanged, it fails again."


class Unauthenticated(HeedError):
    status, code, title = 401, "unauthenticated", "A valid bearer token is needed."
    advice = "Send `Authorization: Bearer` and a key."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(HeedError):
    status, code, title = 403, "forbidden", "The token does not carry the scope that this call needs."
    advice = "Use a key that may do this."


class NotFound(HeedError):
    status, code, title = 404, "not_found", "There is no such thing here."
    advice = "Check the path and the id. A thing that was deleted, merged or erased is not here any more."


class Conflict(HeedError):
    status, code, title = 409, "conflict", "The request does not fit the present state."
    advice = "Read the present state, and decide what still makes sense."


class ExternalIdConflict(Conflict):
    code, title = "external_id_conflict", "This external_id stands for other content already."
    advice = (
        "Read what is stored under this external_id. Send the same content to repeat the write, another external_id "
        "for another thing, or change the stored one by its own call."
    )


class Gone(HeedError):
    status, code, title = 410, "gone", "This was here and has been removed."
    advice = "Do not repeat it."


class PreconditionFailed(HeedError):
    status, code, title = 412, "precondition_failed", "The resource has changed since it was read."
    advice = "Read the resource again, apply the change to what it is now, and send the new `ETag` as `If-Match`."


class TooLarge(HeedError):
    status, code, title = 413, "too_large", "The body is larger than this call takes."
    advice = "Send less at once: split the batch, or send a file by an import."


class Unprocessable(HeedError):
    status, code, title = 422, "unprocessable", "The content does not make sense."
    advice = "Correct what `errors` names by `pointer`: repeated unchanged, the request fails again."


class PreconditionRequired(HeedError):
    status, code, title = 428, "precondition_required", "If-Match must name the version to change."
    advice = "Read the resource and send its `ETag` as `If-Match`."


class TooManyRequests(HeedError):
    status, code, title = 429, "too_many_requests", "Too many requests; please wait a moment."
    advice = "Wait for `Retry-After` seconds, then send it again."


class Unavailable(HeedError):
    status, code, title = 503, "unavailable", "Not possible at this moment; please try again."
    advice = "Wait for `Retry-After` seconds, then send the same request again, a POST with its Idempotency-Key."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}
