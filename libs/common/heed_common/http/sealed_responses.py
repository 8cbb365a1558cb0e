"""What is stored of a request with an Idempotency-Key: its response, and a hash by which its repetition is recognised.

A service that encrypts personal data at rest (`app.state.cipher`) encrypts its stored responses, too, and stores keyed
hashes of the requests instead of plain ones, from which a telephone number could be guessed.
"""

import hashlib
from dataclasses import replace

from heed_common.encryption import FieldCipher, UndecryptableValue
from heed_common.errors import Conflict
from heed_common.idempotency import IdempotencyKeyReused, IdempotencyScope, StoredRequest, StoredResponse

NO_CONTENT = b""
"""Hash of a request whose content may leave no trace."""


class StoredResponseUnreadable(Conflict):
    code = "stored_response_unreadable"
    title = "This request had its effect, but the key that decrypts its response was removed."
    advice = "The write was made: read the resource by its external_id or from its list."


class ResponseSealer:
    """Seals responses for storage and opens them for a repetition."""

    def __init__(self, cipher: FieldCipher | None) -> None:
        self._cipher = cipher

    def seal(self, scope: IdempotencyScope, response: StoredResponse, digest: bytes | None) -> StoredRequest:
        """Return what to store; no hash if there is no digest."""
        if self._cipher is None:
            return response, digest or NO_CONTENT
        body_hash = NO_CONTENT if digest is None else self._cipher.blind_index(digest.hex())
        body = self._cipher.encrypt(response.body.decode(), context=_context(scope))
        return replace(response, body=body), body_hash

    def open(self, scope: IdempotencyScope, stored: StoredRequest, digest: bytes) -> StoredResponse:
        """Return the response to the same content.

        Raises `IdempotencyKeyReused` for other content, and `StoredResponseUnreadable`.
        """
        response, body_hash = stored
        # A plain one was stored before this service encrypted its responses.
        hashes = () if self._cipher is None else (NO_CONTENT, *self._cipher.blind_indexes(digest.hex()))
        if body_hash in hashes:
            return replace(response, body=self._decrypt(scope, response.body))
        if body_hash not in (digest, NO_CONTENT):
            raise IdempotencyKeyReused
        return response

    def _decrypt(self, scope: IdempotencyScope, body: bytes) -> bytes:
        if self._cipher is None:
            return body
        try:
            return self._cipher.decrypt(body, context=_context(scope)).encode()
        except UndecryptableValue:
            raise StoredResponseUnreadable from None


def content_digest(body_digest: bytes, options: bytes) -> bytes:
    """Return the hash of a body's hash and of what changes its meaning."""
    return hashlib.sha256(body_digest + options).digest() if options else body_digest


def _context(scope: IdempotencyScope) -> str:
    return f"idempotency.body:{scope.caller} {scope.method} {scope.path} {scope.key}"
