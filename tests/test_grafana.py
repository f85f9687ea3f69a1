"""The dashboard and the alert rules in `examples/grafana/` use metrics and labels that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from resolver.domain import EffectKind
from tests.processes import python
from tests.servers import skip_or_fail
from tests.state.own import own_policy

FOLDER = Path(__file__).parent.parent / "examples" / "grafana"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the examples are in the source tree")

SCRAPED = {"instance", "job"}
"""Labels that Prometheus adds to everything it scrapes."""

VARIABLES = {"$__rate_interval": "5m", "$__range": "6h", "$state": ".*"}
EXPORTED = """
import sys
from datetime import timedelta
from pathlib import Path
from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import generate_latest
metrics.set_meter_provider(MeterProvider([PrometheusMetricReader()]))
from resolver import Resolver
from resolver.domain import StoreHealth
from resolver.facade.opening import migrate_state
from resolver.serving import telemetry
from resolver.state import now
path = Path(sys.argv[1])
state = f"sqlite:///{path.parent / 'state.db'}"
migrate_state(state)
class Behind:
    def health(self):
        at = now()
        return StoreHealth(
            kind="mysql", where="mysql://h/d", time=at, reachable=True, revision=1, server_revision=2, spool="spool",
            last_refresh=at - timedelta(seconds=3), connections=1,
        )
behind = Behind()
telemetry.watch(behind)
with Resolver.open(path, state=state) as resolver:
    resolver.resolve("t", "worker_a")
    for _ in range(3):
        resolver.record_failure("t", "worker_a")
    telemetry.count_retry("conflict")
    print(generate_latest().decode())
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The name of each sample that OpenTelemetry's exporter for Prometheus shows, with its labels."""
    done = python(EXPORTED, str(own_policy(tmp_path_factory.mktemp("exported"))))
    assert done.returncode == 0, done.stderr
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(done.stdout):
        for sample in family.samples:
            if sample.name.startswith("resolver_"):
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


def dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads((FOLDER / "resolver-dashboard.json").read_text(encoding="utf-8"))
    return board


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> Iterator[tuple[str, str]]:
    """Every query, with the legend or the annotations that use its labels."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            assert "$" not in expression
            yield expression, " ".join(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    for rule in rules():
        text = " ".join(rule["annotations"].values())
        yield rule["expr"], " ".join(re.findall(r"\$labels\.(\w+)", text))


QUERIES = list(queries()) if FOLDER.exists() else []


def nodes(query: str) -> list[Any]:
    """The parts of a query, as a parser of PromQL finds them; it raises ValueError for what is none."""
    found: list[Any] = []
    promql_parser.walk(promql_parser.parse(query), found.append)
    return found


@pytest.mark.parametrize(("query", "shown"), QUERIES)
def test_every_metric_and_label_exists(query: str, shown: str, exported: dict[str, set[str]]) -> None:
    """A renamed metric would leave an empty panel, and an alert that never comes."""
    parts = nodes(query)
    selectors = [part for part in parts if isinstance(part, promql_parser.VectorSelector)]
    selectors += [part.vector_selector for part in parts if isinstance(part, promql_parser.MatrixSelector)]
    assert selectors
    labels = set(SCRAPED)
    for selector in selectors:
        assert selector.name in exported
        labels |= exported[str(selector.name)]
        for matcher in selector.matchers.matchers:
            assert matcher.name in exported[str(selector.name)] | SCRAPED
            if matcher.name == "effect":
                assert matcher.value in set(EffectKind)
    groupings = [
        set(part.modifier.labels) for part in parts if isinstance(part, promql_parser.AggregateExpr) and part.modifier
    ]
    for grouping in groupings:
        assert grouping <= labels
    combine = set.union if "group_right" in query else set.intersection  # the result has the labels of the right side
    assert set(shown.split()) <= (combine(*groupings) if groupings else set())


def test_every_metric_is_on_the_dashboard(exported: dict[str, set[str]]) -> None:
    """What is measured is shown."""
    mentioned = " ".join(target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", []))
    names = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in exported}
    assert [name for name in sorted(names) if name not in mentioned] == []


@pytest.mark.parametrize("wrong", ["sum by (x rate(resolver_spool_depth[5m]))", "rate(resolver_spool_depth)", "a{"])
def test_the_parser_finds_wrong_queries(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        promql_parser.parse(wrong)


class TestDashboard:
    """What Grafana needs of a dashboard."""

    def test_the_model(self) -> None:
        board = dashboard()
        assert board["schemaVersion"] >= 36
        assert board["uid"] == "tier-resolver"
        assert "id" not in board  # one that exists here may be another dashboard there
        assert [variable["name"] for variable in board["templating"]["list"]] == ["datasource", "state"]

    def test_panels_are_unique_and_have_targets(self) -> None:
        panels = dashboard()["panels"]
        for name in ("id", "title"):
            values = [panel[name] for panel in panels]
            assert len(values) == len(set(values))
        source = {"type": "prometheus", "uid": "${datasource}"}
        for panel in panels:
            if panel["type"] == "row":
                continue
            assert panel["datasource"] == source
            assert panel["description"]
            ids = [target["refId"] for target in panel["targets"]]
            assert ids
            assert len(ids) == len(set(ids))
            assert all(target["datasource"] == source for target in panel["targets"])

    def test_no_panel_is_above_another(self) -> None:
        taken: dict[tuple[int, int], str] = {}
        for panel in dashboard()["panels"]:
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    assert taken.setdefault((x, y), panel["title"]) == panel["title"]

    def test_every_threshold_has_a_start(self) -> None:
        """Grafana takes the first step as the colour below all others; its value is null."""
        for panel in dashboard()["panels"]:
            if panel["type"] != "row":
                steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
                assert [step["value"] is None for step in steps] == [True, *[False] * (len(steps) - 1)]


class TestAlerts:
    """What Prometheus needs of rules, and what the rules do."""

    def test_the_model(self) -> None:
        names = [rule["alert"] for rule in rules()]
        assert len(names) == len(set(names))
        for rule in rules():
            assert rule["labels"]["severity"] in ("warning", "critical")
            assert {"summary", "description"} == rule["annotations"].keys()

    def test_they_fire(self, tmp_path: Path) -> None:
        """Prometheus itself takes the rules, and each fires for its failure and for no other."""
        if shutil.which("promtool") is None:
            skip_or_fail("Prometheus is not installed: `promtool` is not found")
        file = tmp_path / "rules_test.json"
        file.write_text(json.dumps(unit_tests()), encoding="utf-8")
        for command in (["check", "rules", str(FOLDER / "alerts.yaml")], ["test", "rules", str(file)]):
            done = subprocess.run(["promtool", *command], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr


CALM = {
    "resolver_state_reachable": "1+0x60",
    "resolver_spool_depth": "0+0x60",
    "resolver_spool_put_aside": "0+0x60",
    "resolver_state_refresh_age_seconds": "3+0x60",
    "resolver_reloads_refused_total": "0+0x60",
    'resolver_outcomes_total{effect="hold"}': "0+0x60",
}
FAILURES = {
    "ResolverDatabaseUnreachable": ("resolver_state_reachable", "1x10 0x50"),
    "ResolverSpoolGrowing": ("resolver_spool_depth", "0+10x60"),
    "ResolverSpoolNearlyFull": ("resolver_spool_depth", "90000+0x60"),
    "ResolverOutcomesPutAside": ("resolver_spool_put_aside", "0x10 2x50"),
    "ResolverStateOutdated": ("resolver_state_refresh_age_seconds", "3+60x60"),
    "ResolverPolicyRefused": ("resolver_reloads_refused_total", "0x50 1x10"),
    "ResolverAgentsHeld": ('resolver_outcomes_total{effect="hold"}', "0+1x60"),
}


def unit_tests() -> dict[str, Any]:
    """Tests for promtool: an hour for each alert in which one series shows its failure; one value a minute."""
    assert {rule["alert"] for rule in rules()} == FAILURES.keys()
    tests = []
    for failing in (None, *FAILURES):
        values = dict(CALM)
        if failing is not None:
            values.update([FAILURES[failing]])
        series = [{"series": scraped(name), "values": text} for name, text in values.items()]
        firing = f'count by (alertname) (ALERTS{{alertstate="firing", alertname!="{failing}"}})'
        case: list[dict[str, Any]] = [{"expr": firing, "eval_time": "60m", "exp_samples": []}]
        if failing is not None:
            seen = f'count(ALERTS{{alertstate="firing", alertname="{failing}"}})'
            case.append({"expr": seen, "eval_time": "60m", "exp_samples": [{"labels": "{}", "value": 1}]})
        tests.append({"interval": "1m", "input_series": series, "promql_expr_test": case})
    return {"rule_files": [str(FOLDER / "alerts.yaml")], "evaluation_interval": "1m", "tests": tests}


def scraped(series: str) -> str:
    """A series with Prometheus's labels, and the state that gauges have."""
    name, _, labels = series.removesuffix("}").partition("{")
    own = ['instance="a:9464"', 'job="agents"', 'state="mysql://h/d"', *([labels] if labels else [])]
    return f"{name}{{{', '.join(own)}}}"
