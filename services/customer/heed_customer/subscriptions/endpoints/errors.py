"""Errors of webhooks."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class WebhookNotFound(NotFound):
    code, title = "webhook_not_found", "There is no such webhook."
    advice = "List the webhooks: it may have been deleted."


class TooManyWebhooks(Conflict):
    code, title = "too_many_webhooks", "There are as many webhooks as may exist."
    advice = "Delete webhooks that are no longer in use, or raise HEED_WEBHOOK_MAX_ENDPOINTS."


class URLNotAllowed(Unprocessable):
    code, title = "url_not_allowed", "Webhooks are not sent to this URL."
    advice = (
        "Use an https address that is public; for tests on one machine start with HEED_WEBHOOK_ALLOW_HTTP=true and "
        "HEED_WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8."
    )


class ReplayInFuture(Unprocessable):
    code, title = "replay_in_future", "A replay starts at a moment in the past."
    advice = "Name a moment or an event in the past."
