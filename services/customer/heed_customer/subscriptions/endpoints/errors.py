"""Errors of webhooks."""

from heed_common.errors import NotFound, Unprocessable


class WebhookNotFound(NotFound):
    code, title = "webhook_not_found", "There is no such webhook."


class URLNotAllowed(Unprocessable):
    code, title = "url_not_allowed", "Webhooks are not sent to this URL."


class ReplayInFuture(Unprocessable):
    code, title = "replay_in_future", "A replay starts at a moment in the past."
