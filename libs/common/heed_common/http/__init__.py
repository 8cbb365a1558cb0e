"""HTTP API of a service: `from heed_common import http`, or the names themselves."""

from heed_common.auth.scopes import requires
from heed_common.fields import RequestModel, ResponseModel
from heed_common.http.app import create_app, router
from heed_common.http.dependencies import (
    Caller,
    CipherDep,
    DbSession,
    Earliest,
    IfMatch,
    Now,
    OnlyCreates,
    RequestLanguage,
    SettingsDep,
    get_settings,
    set_event_header,
)
from heed_common.http.deprecation import deprecated
from heed_common.http.guards import guards_of
from heed_common.http.keyed import first_response, omit_content
from heed_common.http.openapi import Responses, created, repeated
from heed_common.problems import invalid, problem_document
from heed_common.revisions import check_if_match, etag, require_if_match

__all__ = [
    "Caller",
    "CipherDep",
    "DbSession",
    "Earliest",
    "IfMatch",
    "Now",
    "OnlyCreates",
    "RequestLanguage",
    "RequestModel",
    "ResponseModel",
    "Responses",
    "SettingsDep",
    "check_if_match",
    "create_app",
    "created",
    "deprecated",
    "etag",
    "first_response",
    "get_settings",
    "guards_of",
    "invalid",
    "omit_content",
    "problem_document",
    "repeated",
    "require_if_match",
    "requires",
    "router",
    "set_event_header",
]
