"""Errors of API keys."""

from heed_common.errors import Conflict, Forbidden, NotFound, Unavailable, Unprocessable


class KeyNotFound(NotFound):
    code, title = "key_not_found", "There is no such key."
    advice = "List the keys; the id is the part between the underscores of a key."


class KeyEnded(Conflict):
    code, title = "key_ended", "The key is revoked or expired."
    advice = "Create another key."


class LastAdminKey(Conflict):
    code, title = "last_admin_key", "Without this key nothing could manage keys; create another one first."
    advice = "Create a key with `admin:write` that is valid for as long, then repeat the request with that one."


class ScopeNotHeld(Forbidden):
    code, title = "scope_not_held", "A key is granted only scopes that the caller holds."
    advice = "Leave out the scopes in `scopes`, or use a key that has them."


class ExpiryBeyondCaller(Forbidden):
    code, title = "expiry_beyond_caller", "A key may not be valid longer than the key that creates it."
    advice = "Send an `expires_at` that is not after your own; `/v1/whoami` shows it."


class RateBeyondCaller(Forbidden):
    code, title = "rate_beyond_caller", "A key may not have a higher rate limit than the key that creates it."
    advice = "Send a `rate_limit` that is not above your own; `/v1/whoami` shows it."


class ExpiryInPast(Unprocessable):
    code, title = "expiry_in_past", "A key expires at a moment in the future."
    advice = "Send a moment in the future, or none."


class NotEverywhere(Unavailable):
    code, title = "not_everywhere", "A database is unavailable, and keys are the same in all of them."
    advice = (
        "Repeat the request. A revocation counts where it was written and is repeated for the services in `services`."
    )
