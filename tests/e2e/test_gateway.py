"""The gateway's own configuration in a real nginx, with four small services behind it that name themselves."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from heed.gateway import OWNERS, PLATFORM, owner_of
from tests.kafka_server import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = ("customer", "complaint", "survey", "scoring")
ROUTES = {
    "customer": "customers purchases purchases:batch interactions referrals segments care "
    "imports/customers imports/purchases",
    "complaint": "complaints sla playbooks guarantees agreements taxonomies intake imports/complaints",
    "survey": "surveys responses imports/responses",
    "scoring": "scores models models:fit portfolio",
    "platform": "whoami keys audit",
}
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(
    NGINX is None and "HEED_REQUIRE_KAFKA" not in os.environ,
    reason="nginx is missing (Debian: apt-get install nginx-light)",
)


class Service(ThreadingHTTPServer):
    """Respond to everything with its name, the request and the number of bytes received."""

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.name, self.ready = name, True
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_GET(self) -> None:
        ready = self.path != "/readyz" or self.server.ready
        self.answer(
            200 if ready else 503, {"service": self.server.name, "path": self.path, "headers": dict(self.headers)}
        )

    def do_POST(self) -> None:
        self.answer(201, {"service": self.server.name, "path": self.path, "bytes": self.body_length()})

    def body_length(self) -> int:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        total = 0
        while size := int(self.rfile.readline(), 16):
            total += len(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return total

    def answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@dataclass
class Gateway:
    client: httpx.Client
    log: Path
    services: dict[str, Service]

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.client.post(path, **options)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    yield from running_gateway(tmp_path, addresses="compose")


@pytest.fixture
def gateway_in_kubernetes(tmp_path: Path) -> Iterator[Gateway]:
    yield from running_gateway(tmp_path, addresses="kubernetes")


def running_gateway(tmp_path: Path, *, addresses: str) -> Iterator[Gateway]:
    services = {name: Service(name) for name in (*SERVICES, PLATFORM)}
    port = free_port()
    configuration = local_configuration(
        tmp_path, port, {name: service.server_port for name, service in services.items()}, addresses
    )
    log = tmp_path / "access.log"
    process = subprocess.Popen(
        [str(NGINX), "-p", tmp_path, "-c", configuration, "-e", "stderr", "-g", "daemon off;"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until_alive(process, port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            yield Gateway(client, log, services)
    finally:
        process.terminate()
        process.communicate(timeout=60)
        for service in services.values():
            service.stop()


def local_configuration(directory: Path, port: int, upstreams: dict[str, int], addresses: str) -> Path:
    """The committed files with the addresses and paths of this test in place of the container's."""
    folder = ROOT / "deploy" / "gateway"
    text, services = (folder / "nginx.conf").read_text(), (folder / f"{addresses}.conf").read_text()
    for name, upstream in upstreams.items():
        assert f"{name}-api:8000" in services
        services = services.replace(f"{name}-api:8000", f"127.0.0.1:{upstream}")
    (directory / "services.conf").write_text(services.replace("/var/cache/nginx", str(directory)))
    inner = free_port()
    changes = {
        "listen 8080": f"listen 127.0.0.1:{port}",
        "127.0.0.1:8081": f"127.0.0.1:{inner}",
        "/usr/share/heed": str(directory),
        "/dev/stdout": str(directory / "access.log"),
        "include /etc/nginx/mime.types;": "types { application/json json; }",
        "worker_processes auto;": f"worker_processes 1; pid {directory}/nginx.pid;",
    }
    if "_temp_path" not in services:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        changes["http {"] = "http {" + "".join(f"{kind}_temp_path {directory}/{kind};" for kind in kinds)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    if os.geteuid() == 0:
        text = "user root;\n" + text
    for name, content in {
        "openapi": "{}",
        "asyncapi": "{}",
        "schemas/heed.complaint.opened.v1": '{"type": "object"}',
    }.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / f"{name}.json").write_text(content)
    target = directory / "nginx.conf"
    target.write_text(text)
    return target


def wait_until_alive(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            assert httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    process.kill()
    pytest.fail(f"nginx did not start: {process.communicate()[1]}")


def assert_problem(response: httpx.Response, *, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]


def test_every_path_of_the_contract_reaches_the_service_that_owns_it(gateway: Gateway) -> None:
    for service, prefixes in ROUTES.items():
        for prefix in prefixes.split():
            for path in (f"/v1/{prefix}", f"/v1/{prefix}/0193?a=b%20c&limit=2", f"/v1/{prefix}/a%2Fb"):
                answer = gateway.get(path).json()
                assert (answer["service"], answer["path"]) == (service, path)
                assert owner_of(path) == service
    for path, service in OWNERS.items():
        assert gateway.get(path).json()["service"] == service
    assert gateway.get("/c/token").json()["service"] == "complaint"
    assert gateway.get("/s/token").json()["service"] == "survey"


def test_the_addresses_of_kubernetes_lead_to_the_same_services(gateway_in_kubernetes: Gateway) -> None:
    for path, service in OWNERS.items():
        assert gateway_in_kubernetes.get(path).json()["service"] == service
    for service in SERVICES:
        path = f"/v1/admin/consumers?service={service}"
        assert gateway_in_kubernetes.get(path).json()["service"] == service
    assert gateway_in_kubernetes.get("/readyz").json()["services"] == list(SERVICES)
    gateway_in_kubernetes.services["survey"].stop()
    assert_problem(gateway_in_kubernetes.get("/v1/surveys"), status=502, code="service_unreachable")
    assert gateway_in_kubernetes.get("/v1/scores").json()["service"] == "scoring"


def test_the_operators_calls_reach_the_service_that_the_query_names(gateway: Gateway) -> None:
    for service in SERVICES:
        path = f"/v1/admin/dead-letters/7:retry?limit=2&service={service}"
        for answer in (gateway.post(path).json(), gateway.get(path).json()):
            assert (answer["service"], answer["path"]) == (service, path)
    for query in ("", "?service=", "?service=billing", "?limit=2"):
        answer = gateway.get(f"/v1/admin/dead-letters{query}").json()
        assert answer["service"] == SERVICES[0]
        assert owner_of("/v1/admin/dead-letters", query.removeprefix("?").encode()) == SERVICES[0]
    assert gateway.get("/v1/customers?service=scoring").json()["service"] == "customer"
    assert logged(gateway, service="scoring")["status"] == 201


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/metrics",
        "/v1/administration?service=scoring",
        "/v1/customersx",
        "/v1/imports",
        "/v1/imports/scores",
        "/v1/unknown",
        "/v2/customers",
        "/unknown.json",
    ],
)
def test_what_no_service_owns_is_a_problem_and_not_a_page(gateway: Gateway, path: str) -> None:
    assert_problem(gateway.get(path), status=404, code="not_found")


def test_the_caller_s_headers_arrive_and_a_request_without_id_gets_one(gateway: Gateway) -> None:
    sent = {
        "Authorization": "Bearer x",
        "If-Match": '"3"',
        "Idempotency-Key": "k",
        "Prefer": "wait=9",
        "X-Request-ID": "mine",
    }
    arrived = gateway.get("/v1/customers", headers=sent).json()["headers"]
    assert {name: arrived[name] for name in sent} == sent
    assert len(gateway.get("/v1/customers").json()["headers"]["X-Request-ID"]) == 32


def test_a_body_beyond_any_limit_is_refused_but_an_import_streams_through(gateway: Gateway) -> None:
    nine_mebibytes = b"x" * (9 * 1024 * 1024)
    assert (
        gateway.post("/v1/purchases:batch", content=nine_mebibytes[: 8 * 1024 * 1024]).json()["bytes"]
        == 8 * 1024 * 1024
    )
    assert_problem(gateway.post("/v1/purchases:batch", content=nine_mebibytes), status=413, code="too_large")
    chunks = (nine_mebibytes[i : i + 65536] for i in range(0, len(nine_mebibytes), 65536))
    answer = gateway.post("/v1/imports/purchases", content=chunks).json()
    assert (answer["service"], answer["bytes"]) == ("customer", len(nine_mebibytes))


@pytest.mark.parametrize("size", [17 * 1024, 60 * 1024])
def test_a_header_that_is_too_large_is_a_problem(gateway: Gateway, size: int) -> None:
    assert_problem(gateway.get("/v1/customers", headers={"X-Large": "x" * size}), status=431, code="header_too_large")
    assert gateway.get("/v1/customers", headers={"X-Large": "x" * 12 * 1024}).status_code == 200


def test_a_service_that_is_away_is_a_problem_and_the_others_go_on(gateway: Gateway) -> None:
    gateway.services["scoring"].stop()
    assert_problem(gateway.get("/v1/scores"), status=502, code="service_unreachable")
    assert gateway.get("/v1/customers").status_code == 200


def test_the_gateway_is_ready_when_all_four_services_are(gateway: Gateway) -> None:
    assert gateway.get("/readyz").json() == {"status": "ready", "services": list(SERVICES)}
    for service in map(gateway.services.__getitem__, SERVICES):
        service.ready = False
        assert_problem(gateway.get("/readyz"), status=503, code="unavailable")
        service.ready = True
    assert gateway.get("/readyz").status_code == 200


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_does_not_answer_is_not_ready(gateway: Gateway, name: str) -> None:
    gateway.services[name].stop()
    assert_problem(gateway.get("/readyz"), status=503, code="unavailable")


def test_the_merged_documents_are_served_by_the_gateway_itself(gateway: Gateway) -> None:
    assert gateway.get("/openapi.json").headers["content-type"] == "application/json"
    assert gateway.get("/asyncapi.json").json() == {}
    schema = gateway.get("/schemas/heed.complaint.opened.v1")
    assert schema.headers["content-type"] == "application/schema+json"
    assert schema.json() == {"type": "object"}
    assert_problem(gateway.get("/schemas/heed.unknown.v1"), status=404, code="not_found")
    assert gateway.get("/docs").json()["service"] == "customer"


def test_the_log_never_holds_a_link_token(gateway: Gateway) -> None:
    gateway.services["survey"].stop()
    gateway.get("/s/a-secret-token")
    gateway.get("/v1/customers/0193")
    assert logged(gateway, service="survey")["status"] == 502
    assert logged(gateway, service="customer")["status"] == 200
    assert "a-secret-token" not in gateway.log.read_text()


def logged(gateway: Gateway, *, service: str) -> dict[str, Any]:
    """The line about the service; nginx writes it after the answer has gone."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for line in gateway.log.read_text().splitlines(keepends=True):
            if line.endswith("\n") and json.loads(line)["service"] == service:
                return dict(json.loads(line))
        time.sleep(0.02)
    pytest.fail(f"no line about {service}")
