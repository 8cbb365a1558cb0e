"""A thin client of Heed: `Heed` and `AsyncHeed` for HTTP, `verify` for webhooks, `arrow.scores` for tables."""

from heed_client.asynchronous import AsyncHeed
from heed_client.problems import Problem
from heed_client.replies import Reply
from heed_client.retries import Retries
from heed_client.synchronous import Heed
from heed_client.webhooks import InvalidSignature, verify

__all__ = ["AsyncHeed", "Heed", "InvalidSignature", "Problem", "Reply", "Retries", "verify"]
