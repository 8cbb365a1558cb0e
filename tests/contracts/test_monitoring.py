"""Alert rules and board name only metrics that exist, and what the guide calls worth an alert has one."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.registry import Collector

from heed_common.metrics import Metrics
from heed_complaint.workforce.open_complaints.jobs import OpenComplaints
from heed_scoring.insights.drift.service import DriftJob

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
METRIC = re.compile(r"\b((?:heed|process)_[a-z_]+)\b(?!-)")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Every name under which a series is stored."""
    metrics, process = Metrics("any"), CollectorRegistry()
    OpenComplaints(metrics), DriftJob(metrics)
    ProcessCollector(registry=process)
    collectors: list[Collector] = [metrics.registry, process]
    families = [family for collector in collectors for family in collector.collect()]
    return {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}


def expressions() -> list[str]:
    board = json.loads((MONITORING / "dashboard.json").read_text())
    found = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    rules = (MONITORING / "alerts.yml").read_text()
    return [*found, *re.findall(r"expr: (?:>-\n)?((?:.+\n)+?)(?=\s+(?:for|labels):)", rules)]


def test_every_metric_of_rules_and_board_exists(names):
    found = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert len(expressions()) > 30
    assert found - names == set()


def test_every_condition_for_an_operator_has_an_alert():
    rules = (MONITORING / "alerts.yml").read_text()
    guide = (ROOT / "deploy" / "README.md").read_text()
    worth_an_alert = guide[
        guide.index("Worth an\nalert") if "Worth an\nalert" in guide else guide.index("Worth an alert") :
    ]
    named = set(re.findall(r"`(heed_[a-z_]+)`", worth_an_alert[: worth_an_alert.index("## Failed work")]))
    assert named
    assert {name for name in named if name not in rules} == set()
