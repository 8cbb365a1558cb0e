"""Commands of the documentation exist as written, and each alert has its section in the runbook."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from heed.commands import _parser as heed_parser
from heed_common import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "deploy" / "README.md", ROOT / "README.md"]
HEED = re.compile(r"^\s*\$ python -m heed ([^#\n]+)", re.MULTILINE)
MODULES = re.compile(r"(?:operator |python -m )(heed_[a-z_.]+)")
OWN_PARSERS = {"token", "dlq", "failed-work"}
RUNBOOK = ROOT / "docs" / "runbook.md"


def alerts() -> list[dict[str, dict[str, str]]]:
    content = yaml.load((ROOT / "deploy" / "monitoring" / "alerts.yml").read_text(), yaml.CSafeLoader)
    return [rule for group in content["groups"] for rule in group["rules"]]


def test_every_documented_command_of_heed_is_understood():
    lines = [line for page in PAGES for line in HEED.findall(page.read_text())]
    assert len(lines) > 10
    for line in lines:
        words = line.split("|")[0].split(">")[0].split()
        if words[0] not in OWN_PARSERS:
            heed_parser().parse_args(words)


def test_every_documented_module_exists():
    found = {name.rstrip(".") for page in PAGES for name in MODULES.findall(page.read_text())}
    assert {"heed_common.dlq", "heed_common.failed_work", "heed_common.auth.tokens"} <= found
    assert {name for name in found if find_spec(name) is None} == set()


@pytest.mark.parametrize("page", ["upgrading.md", "kubernetes.md", "runbook.md"])
def test_every_command_of_a_service_is_understood(page):
    text = (ROOT / "docs" / page).read_text()
    lines = re.findall(r"(?:heed-service|run --rm \w+-worker) ((?:migrate|health)[^`#|\n]*)", text)
    assert lines or page == "kubernetes.md"
    for line in lines:
        cli._parser("heed_complaint", cli.NO_EXTRA_COMMANDS).parse_args(line.split())


def test_every_alert_has_its_section_with_meaning_view_and_remedy():
    names = [alert["alert"] for alert in alerts()]
    sections = re.split(r"^## ", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    assert [section.split("\n")[0] for section in sections] == names
    assert len(names) > 15
    for section in sections:
        assert re.findall(r"^\*\*(\w+)\.\*\*", section, re.MULTILINE) == ["Meaning", "See", "Do"]


def test_every_alert_links_to_its_section():
    for alert in alerts():
        url = alert["annotations"]["runbook_url"]
        assert url == f"{{{{ $externalLabels.documentation }}}}/runbook.html#{str(alert['alert']).lower()}"
    for name in ("prometheus.yml", "prometheus-kubernetes.yml"):
        assert "external_labels: {documentation: https://" in (ROOT / "deploy" / "monitoring" / name).read_text()


def test_every_call_in_the_runbook_exists():
    paths = json.loads((ROOT / "docs" / "interfaces" / "openapi.json").read_text())["paths"]
    named = re.findall(r"`(GET|POST|PATCH) (/v1/[^?`]+)", RUNBOOK.read_text())
    assert len(named) >= 6
    assert [(method, path) for method, path in named if method.lower() not in paths.get(path, {})] == []
