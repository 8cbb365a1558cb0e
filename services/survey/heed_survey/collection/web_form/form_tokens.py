"""Tokens of the forms of an open link, whose respondents have none of their own.

A page that is loaded contains a signed token: with it one response can be sent, and without one none.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from heed_common.cursors import CursorInvalid, CursorSigner
from heed_survey.collection.partials.rules import OPEN_FORM_DAYS, FormKey
from heed_survey.collection.web_form.errors import FormExpired

NONCE_BYTES = 16


def new_token(signer: CursorSigner, *, link: str, now: datetime) -> str:
    """Return the token of a new form of the open link, which gives one response."""
    return signer.encode(link, (secrets.token_urlsafe(NONCE_BYTES), int(now.timestamp())))


def check_token(signer: CursorSigner, token: str | None, *, link: str, now: datetime) -> None:
    """Raise `FormExpired` unless this link has issued the token within the time of its partial answers."""
    try:
        _, issued = signer.decode(link, token or "", (str, int))
    except CursorInvalid:
        raise FormExpired from None
    if now.timestamp() - issued > timedelta(days=OPEN_FORM_DAYS).total_seconds():
        raise FormExpired


def form_key(token: str) -> FormKey:
    """Return the key of a form of an open link."""
    return FormKey(hashlib.sha256(token.encode()).digest(), token)
