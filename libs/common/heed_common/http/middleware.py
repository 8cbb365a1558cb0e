"""What happens around every request: ids, limits, the access log, the meters."""

from starlette.types import ASGIApp, Receive, Scope, Send

from heed_common.identifiers import new_id
from heed_common.metrics import Metrics


class Middleware:
    """One layer of plain ASGI: each further one costs throughput."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = str(new_id())
        await self._app(scope, receive, send)
