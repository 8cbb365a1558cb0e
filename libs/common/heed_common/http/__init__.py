"""The HTTP door as services use it: `from heed_common import http` or the names themselves."""

from heed_common.auth.scopes import requires
from heed_common.fields import Body, Reply
from heed_common.http.app import create_app, router
from heed_common.http.dependencies import Caller, DbSession, Earliest, IfMatch, Now, Spoken, answer_event
from heed_common.http.guards import guards_of
from heed_common.http.keyed import first_response
from heed_common.http.openapi import Responses, created, repeated
from heed_common.problems import document as problem_document
from heed_common.problems import invalid
from heed_common.revisions import etag, honour_match, require_match

__all__ = [
    "Body",
    "Caller",
    "DbSession",
    "Earliest",
    "IfMatch",
    "Now",
    "Reply",
    "Responses",
    "Spoken",
    "answer_event",
    "create_app",
    "created",
    "etag",
    "first_response",
    "guards_of",
    "honour_match",
    "invalid",
    "problem_document",
    "repeated",
    "require_match",
    "requires",
    "router",
]
