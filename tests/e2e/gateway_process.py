"""A small gateway for tests: one address before four processes. `python -m tests.e2e.gateway_process PORT NAME=PORT …`.

The production shape has nginx there; both take the table of `heed.gateway`.
"""

import sys
from collections.abc import Mapping

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from heed.gateway import owner_of

SECONDS = 60
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host"}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(ports: Mapping[str, int]) -> Starlette:
    clients = {
        name: httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS) for name, port in ports.items()
    }

    async def ready(_: Request) -> Response:
        try:
            statuses = {name: (await client.get("/readyz")).status_code for name, client in clients.items()}
        except httpx.TransportError:
            return JSONResponse({"status": "not ready"}, 503)
        return JSONResponse(statuses, max(statuses.values()))

    async def forward(request: Request) -> Response:
        owner = owner_of(request.url.path)
        if owner is None:
            return JSONResponse({"code": "not_found"}, 404)
        answer = await clients[owner].request(
            request.method,
            f"{request.url.path}?{request.url.query}",
            content=request.stream() if request.method in {"POST", "PUT", "PATCH"} else None,
            headers=[(name, value) for name, value in request.headers.items() if name not in HOP_BY_HOP],
        )
        headers = {name: value for name, value in answer.headers.items() if name not in HOP_BY_HOP}
        return Response(answer.content, answer.status_code, headers)

    return Starlette(routes=[Route("/readyz", ready), Route("/{path:path}", forward, methods=METHODS)])


if __name__ == "__main__":
    own, *others = sys.argv[1:]
    named = dict(other.split("=") for other in others)
    app = create_app({name: int(port) for name, port in named.items()})
    uvicorn.run(app, host="127.0.0.1", port=int(own), log_level="warning", ws="none")
