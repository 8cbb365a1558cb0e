"""The files for Kubernetes: bad ones are found, and they agree with docker compose, images and settings."""

import copy
import os
import re
import subprocess
import tomllib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import pytest
import yaml

from heed_common.http.server import REQUEST_DRAIN_SECONDS
from heed_common.settings import ServiceSettings
from tests.contracts.kubernetes_files import FOLDER, ROOT, Resource, mistakes, parse, render_command, rendered

SERVICES = ("customer", "complaint", "survey", "scoring")
SETTING = re.compile(r"^#?((?:HEED|OTEL)_[A-Z_]+)=(.*)$", re.MULTILINE)
OURS = re.compile(r"heed-[a-z]+")
OPTIONAL_SECRETS = {
    "HEED_KAFKA_PASSWORD": "a password",
    "HEED_SMTP_URL": "smtp+starttls://user:password@mail.example:587",
    "HEED_MESSAGE_WEBHOOK_URL": "https://gateway.example.com/messages",
    "HEED_MESSAGE_WEBHOOK_SECRET": f"whsec_{b64encode(bytes(32)).decode()}",
    "HEED_INTAKE_MAIL_SECRET": "m" * 32,
}
KUBERNETES_ONLY = {"HEED_PARTITIONS"}
pytestmark = pytest.mark.skipif(
    render_command() is None and "HEED_REQUIRE_KAFKA" not in os.environ, reason="kubectl and kustomize are missing"
)


def base(*kinds: str) -> list[Resource]:
    return [resource for resource in rendered("base") if resource["kind"] in kinds]


def pod_of(resource: Resource) -> dict[str, Any]:
    spec: dict[str, Any] = resource["spec"]["template"]["spec"]
    return spec


def container_of(resource: Resource) -> dict[str, Any]:
    (container,) = pod_of(resource)["containers"]
    found: dict[str, Any] = container
    return found


def processes() -> dict[str, Resource]:
    """Deployments and Jobs by the name of the service of docker compose that does the same."""
    found = {}
    for resource in base("Deployment", "Job"):
        name = re.sub(r"^(\w+)-migrate$", r"migrate-\1", resource["metadata"]["name"])
        found[name] = resource
    return found


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.load((ROOT / "docker-compose.yml").read_text(), yaml.CSafeLoader)
    return content["services"]


def compose_settings() -> dict[str, str | None]:
    """Every variable of any service, with its default."""
    found = {
        name: value
        for service in compose().values()
        for name, value in service.get("environment", {}).items()
        if name.startswith(("HEED_", "OTEL_"))
    }
    return {name: re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", str(value)) if value else None for name, value in found.items()}


def settings_file() -> str:
    return (FOLDER / "base" / "settings.env").read_text()


def made_secrets() -> dict[str, dict[str, str]]:
    done = subprocess.run([FOLDER / "make-secrets", "heed"], capture_output=True, text=True, check=True)
    secrets = parse(done.stdout)
    assert mistakes(secrets, ["1.37"]) == []
    return {secret["metadata"]["name"]: secret["stringData"] for secret in secrets}


def optional_secrets() -> set[str]:
    """What may be added, by the guide, to the Secrets."""
    guide = (ROOT / "docs" / "kubernetes.md").read_text()
    section = guide[guide.index("## Secrets") : guide.index("## Settings")]
    found = set(re.findall(r"`((?:HEED|OTEL)_[A-Z_]+)`", section))
    assert found >= set(OPTIONAL_SECRETS)
    return found


@pytest.fixture(scope="module")
def deployment() -> Resource:
    return base("Deployment")[0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "replica"), 2),
        (("spec", "template", "spec", "containers", 0, "ports", 0, "containerPort"), "http"),
        (("spec", "template", "spec", "securityContext", "runAsNonRoot"), "yes"),
        (("spec", "selector"), "api"),
        (("apiVersion",), "extensions/v1beta1"),
        (("kind",), "Deploymnet"),
    ],
)
def test_a_bad_file_is_found(deployment, path, value):
    bad = copy.deepcopy(deployment)
    place: Any = bad
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert mistakes([deployment], ["1.37"]) == []
    assert len(mistakes([bad], ["1.37"])) == 1


def test_kubernetes_has_the_processes_of_docker_compose_with_their_images_and_commands():
    of_compose = {
        name: service for name, service in compose().items() if OURS.fullmatch(service.get("image", "").split(":")[0])
    }
    of_compose.pop("operator")
    found = processes()
    assert set(found) == {*of_compose, "gateway"}
    for name, service in of_compose.items():
        container = container_of(found[name])
        assert container["image"].partition(":")[0] == service["image"].partition(":")[0]
        assert container.get("command") == service.get("entrypoint")
        assert container["args"] == service.get("command", ["api"])


def test_other_images_are_those_of_docker_compose():
    dockerfile = (ROOT / "deploy" / "gateway" / "Dockerfile").read_text()
    assert re.findall(r"^FROM (\S+)$", dockerfile, re.MULTILINE) == [compose()["gateway"]["image"]]
    trial = {r["metadata"]["name"]: r for r in rendered("overlays/trial") if r["kind"] == "StatefulSet"}
    assert set(trial) == {"postgres", "kafka"}
    for name, resource in trial.items():
        assert container_of(resource)["image"] == compose()[name]["image"]
    kafka = {variable["name"]: variable["value"] for variable in container_of(trial["kafka"])["env"]}
    of_compose = compose()["kafka"]["environment"]
    different = {name for name in of_compose if str(of_compose[name]) != kafka[name]}
    assert different == {  # compose has a listener for programs outside, and a variable for Java
        "KAFKA_LISTENERS",
        "KAFKA_ADVERTISED_LISTENERS",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
        "KAFKA_HEAP_OPTS",
    }


def test_images_have_the_version_of_the_product():
    version = tomllib.loads((ROOT / "deploy" / "embedded" / "pyproject.toml").read_text())["project"]["version"]
    for overlay in ("base", "overlays/production", "overlays/trial"):
        images = {container_of(r)["image"] for r in rendered(overlay) if r["kind"] in ("Deployment", "Job")}
        assert len(images) == 5
        assert {image.rpartition(":")[2] for image in images} == {version}


def test_every_setting_of_docker_compose_is_named_and_no_other():
    named = {name for name, _ in SETTING.findall(settings_file())}
    secret = {name for content in made_secrets().values() for name in content if name.startswith("HEED_")}
    in_files = {name for name in compose_settings() if name.endswith("_FILE")} - named
    assert {name.removesuffix("_FILE") for name in in_files} <= secret | optional_secrets()
    expected = set(compose_settings()) - in_files
    assert named | secret | optional_secrets() == expected | secret | KUBERNETES_ONLY
    assert named & (secret | optional_secrets()) == set()


def test_what_is_set_has_the_value_of_docker_compose():
    set_here = {name: value for name, value in SETTING.findall(settings_file()) if f"\n{name}=" in settings_file()}
    assert len(set_here) >= 5
    defaults = compose_settings()
    assert {name: value for name, value in set_here.items() if defaults[name] not in (value, None)} == {}


def environment(settings: Mapping[str, str], service: str) -> dict[str, str]:
    optional = OPTIONAL_SECRETS if "HEED_MAIL_FROM" in settings else {}
    return {**settings, **made_secrets()[f"heed-{service}"], **optional}


def load(service: str) -> ServiceSettings:
    settings: type[ServiceSettings] = import_module(f"heed_{service}.settings").Settings
    return settings.load()


@pytest.mark.parametrize("service", SERVICES)
def test_the_services_take_settings_secrets_and_every_example(monkeypatch, service):
    for name in [name for name in os.environ if name.startswith(("HEED_", "OTEL_"))]:
        monkeypatch.delenv(name)
    maps = [r["data"] for o in ("base", "overlays/production") for r in rendered(o) if r["kind"] == "ConfigMap"]
    assert len(maps) == 2
    for settings in (*maps, dict(SETTING.findall(settings_file()))):
        for name, value in environment(settings, service).items():
            monkeypatch.setenv(name, value)
        loaded = load(service)
        assert loaded.bus == settings["HEED_BUS"]
        assert loaded.database_url.endswith(f"/{service}")


def test_every_secret_that_is_needed_is_made_and_none_is_contained():
    needed = {
        source["secretRef"]["name"]
        for resource in processes().values()
        for source in container_of(resource).get("envFrom", ())
        if "secretRef" in source and not source["secretRef"].get("optional")
    }
    assert needed == {"heed-customer", "heed-complaint", "heed-survey", "heed-scoring", "heed-operator"}
    assert needed | {"heed-postgres"} == set(made_secrets())
    assert base("Secret") == []


def test_ports_are_those_of_images_and_gateway():
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    exposed = {int(port) for line in re.findall(r"^EXPOSE (.+)$", dockerfile, re.MULTILINE) for port in line.split()}
    addresses = re.findall(r"server ([\w-]+):(\d+);", (ROOT / "deploy" / "gateway" / "kubernetes.conf").read_text())
    services = {r["metadata"]["name"]: r["spec"]["ports"][0]["port"] for r in base("Service")}
    assert {name: int(port) for name, port in addresses} | {"gateway": 8080} == services
    assert exposed == {8000, 9100}
    ports = {name: container_of(r)["ports"][0]["containerPort"] for name, r in processes().items() if is_lasting(r)}
    for name, port in ports.items():
        assert port == services.get(name, 9100)


def is_lasting(resource: Resource) -> bool:
    return bool(resource["kind"] == "Deployment")


@pytest.mark.parametrize("overlay", ["base", "overlays/production", "overlays/trial"])
def test_no_process_has_rights_that_it_does_not_need(overlay):
    running = [r for r in rendered(overlay) if r["kind"] in ("Deployment", "Job", "StatefulSet")]
    assert len(running) >= 15
    for resource in running:
        pod, container = pod_of(resource), container_of(resource)
        context = container["securityContext"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["allowPrivilegeEscalation"] is False
        assert context.get("readOnlyRootFilesystem", False) is ("heed" in container["image"])
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert set(container["resources"]["limits"]) == {"memory"}


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    expected = selector.get("matchLabels", {}).items()
    either = [(part["key"], part["values"]) for part in selector.get("matchExpressions", ())]
    return all(labels.get(name) == value for name, value in expected) and all(labels.get(n) in v for n, v in either)


def labels_of(resource: Resource) -> dict[str, str]:
    found: dict[str, str] = resource["spec"]["template"]["metadata"]["labels"]
    return found


def test_what_lasts_is_probed_protected_and_ends_in_time():
    lasting = base("Deployment")
    assert len(lasting) == 10
    for resource in lasting:
        container, name = container_of(resource), resource["metadata"]["name"]
        is_gateway = name == "gateway"
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert container["readinessProbe"]["httpGet"]["path"] == ("/livez" if is_gateway else "/readyz")
        pauses = container["lifecycle"]["preStop"]["sleep"]["seconds"] if "lifecycle" in container else 0
        grace = pod_of(resource)["terminationGracePeriodSeconds"]
        assert grace > pauses + ServiceSettings.model_fields["drain_seconds"].default + REQUEST_DRAIN_SECONDS
        assert pauses >= 5 or name.endswith("-worker")
        assert resource["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        budgets = [b for b in base("PodDisruptionBudget") if matches(b["spec"]["selector"], labels_of(resource))]
        assert [budget["metadata"]["name"] for budget in budgets] == [name]


def callers(target: Mapping[str, str]) -> Iterator[str]:
    """The processes whose connections some policy lets in."""
    for policy in base("NetworkPolicy"):
        if matches(policy["spec"]["podSelector"], target):
            for rule in policy["spec"].get("ingress", ()):
                for source in rule.get("from", [{"podSelector": {}}]):
                    selected = source.get("podSelector")
                    for name, resource in processes().items():
                        if selected is not None and matches(selected, labels_of(resource)):
                            yield name


def test_network_policies_let_in_who_needs_it_and_no_other():
    found = {name: set(callers(labels_of(resource))) for name, resource in processes().items()}
    for name in ("complaint-api", "survey-api", "scoring-api", "platform-api"):
        assert found[name] == {"gateway"}
    senders = {f"{service}-{part}" for service in ("customer", "complaint", "survey") for part in ("api", "worker")}
    assert found["customer-api"] == {"gateway"} | senders
    assert found["customer-worker"] == found["topics"] == set()
    assert found["gateway"] == set(processes())


def test_prometheus_scrapes_every_api_and_worker_under_the_names_of_the_alerts():
    content = yaml.load((ROOT / "deploy" / "monitoring" / "prometheus-kubernetes.yml").read_text(), yaml.CSafeLoader)
    (job,) = content["scrape_configs"]
    named = [(rule["source_labels"], re.compile(rule.get("regex", "(.*)")), rule) for rule in job["relabel_configs"]]
    scraped = {}
    for name, resource in processes().items():
        labels = labels_of(resource) | {"port": container_of(resource).get("ports", [{"name": ""}])[0]["name"]}
        sources = {f"__meta_kubernetes_pod_label_{re.sub('[./-]', '_', key)}": value for key, value in labels.items()}
        sources |= {"__meta_kubernetes_pod_container_port_name": labels["port"], "__meta_kubernetes_pod_name": name}
        found = [(regex.fullmatch(";".join(sources[label] for label in of)), rule) for of, regex, rule in named]
        if all(match for match, rule in found if rule.get("action") == "keep"):
            scraped[name] = {
                r["target_label"]: m.expand(r.get("replacement", r"\1").replace("$", "\\"))
                for m, r in found
                if "target_label" in r
            }
    assert scraped == {
        name: {"job": f"heed-{name.split('-')[1]}", "pod": name}
        for name in processes()
        if name.endswith(("-api", "-worker"))
    }
