"""Rules, dashboards, runbooks and the service use the same names."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from two_models.client.metrics import LATENCY_SECONDS, series
from two_models.platform.sections.serving import Serving
from two_models.platform.slo import load_slo

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "monitoring"
RUNBOOKS = ROOT / "docs" / "runbooks"
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Verify", "Roll back"]
# Series that Prometheus adds to each scrape.
SCRAPE_SERIES = {"up": frozenset({"job", "instance"})}
EXPORTED = series()
GRAFANA = "http://127.0.0.1:3001"
WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "bool", "offset"}
WORDS |= {"group_left", "group_right"}


@dataclass(frozen=True)
class Expression:
    """A query of a rule or a dashboard, and its location."""

    where: str
    text: str

    def series(self) -> dict[str, set[str]]:
        """Return the names of the series that it reads, with the labels of their selectors."""
        text = re.sub(r"\[[^\]]*\]", "", self.text)
        text = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
        found: dict[str, set[str]] = {}
        pattern = r"(?<![\w.:])([a-zA-Z_:][\w:]*)\s*(\{(?:[^}\"]|\"[^\"]*\")*\})?(?!\s*\()(?![\w:])"
        for name, selector in re.findall(pattern, text):
            if name not in WORDS:
                found.setdefault(name, set()).update(re.findall(r"(\w+)\s*(?:=|!)", selector))
        return found

    def groups(self) -> set[str]:
        """Return the labels that it groups or joins by."""
        lists = re.findall(r"\b(?:by|on|ignoring|without)\s*\(([^)]*)\)", self.text)
        return {label.strip() for names in lists for label in names.split(",") if label.strip()}


def load(path: Path) -> Any:
    """Read a YAML or JSON file."""
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def rules_of(path: Path) -> list[dict[str, Any]]:
    """Return the rules of all groups in a file."""
    return [rule for group in load(path)["groups"] for rule in group["rules"]]


# Rules that compute metrics of the service from those that its server exports under other names.
RECORDED = MONITORING / "rules" / "recorded.yml"
FILES = [path for path in sorted((MONITORING / "rules").glob("*.yml")) if path != RECORDED]
RULES = [rule for path in FILES for rule in rules_of(path)]
ALERT_RULES = [
    pytest.param(rule, id="-".join([rule["alert"], *rule["labels"].values()]))
    for rule in RULES
    if "alert" in rule
]
# An alert can have several rules, one per window.
ALERTS = {
    name: {rule["labels"]["severity"] for rule in RULES if rule.get("alert") == name}
    for name in dict.fromkeys(rule["alert"] for rule in RULES if "alert" in rule)
}
RECORDS = {rule["record"]: rule for rule in RULES if "record" in rule}
MODEL_LABEL = "{{ $labels.model }}"
DASHBOARDS = {path.stem: load(path) for path in sorted((MONITORING / "dashboards").glob("*.json"))}
UIDS = {dashboard["uid"] for dashboard in DASHBOARDS.values()}
PANELS = [
    pytest.param(panel, id=f"{name}-{panel['title']}")
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    if panel["type"] != "row"
]
RULE_TESTS = [
    case
    for path in sorted((MONITORING / "tests").glob("*.yml"))
    for test in load(path)["tests"]
    for case in test.get("alert_rule_test", [])
]


def _expressions() -> Iterator[Expression]:
    for rule in RULES:
        yield Expression(rule.get("alert") or rule["record"], rule["expr"])
    for name, dashboard in DASHBOARDS.items():
        for variable in dashboard["templating"]["list"]:
            query = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert query, f"{name}: {variable['name']} is no label_values query"
            yield Expression(f"{name}-variable-{variable['name']}", f"{query[1]}{{{query[2]}=''}}")
        for annotation in dashboard["annotations"]["list"]:
            yield Expression(f"{name}-annotation-{annotation['name']}", annotation["expr"])
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                yield Expression(f"{name}-{panel['title']}-{target['refId']}", target["expr"])


EXPRESSIONS = [pytest.param(expression, id=expression.where) for expression in _expressions()]


def test_the_lists_are_not_empty() -> None:
    assert ALERTS
    assert DASHBOARDS
    assert PANELS
    assert RULE_TESTS
    assert EXPRESSIONS


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_reads_only_what_is_exported(expression: Expression) -> None:
    read = expression.series()
    assert read or "vector(" in expression.text, "no series found in the query"
    unknown = {name for name in read if name not in {*EXPORTED, *RECORDS, *SCRAPE_SERIES}}
    assert not unknown
    for name, selected in read.items():
        if name not in RECORDS:
            labels = {**EXPORTED, **SCRAPE_SERIES}[name]
            assert selected <= labels, f"{name} has the labels {sorted(labels)}"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_groups_by_labels_that_exist(expression: Expression) -> None:
    names = [name for name in expression.series() if name in EXPORTED]
    if names:
        assert expression.groups() <= {"le"}.union(*(EXPORTED[name] for name in names))


def test_pipelines_that_queries_select_record_their_success() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    texts = [parameter.values[0].text for parameter in EXPRESSIONS]
    matchers = [found for text in texts for found in re.findall(r'pipeline=~?"([^"]+)"', text)]
    assert matchers
    for name in {name for matcher in matchers for name in matcher.split("|")}:
        written = rf"(record_success\(|add_metric\(\[)[^)\]]*['\"]{name}['\"]"
        assert re.search(written, code), f"no pipeline records its success as {name}"


def test_recorded_metrics_are_those_that_queries_read() -> None:
    records = rules_of(RECORDED) if RECORDED.exists() else []
    assert {rule["record"] for rule in records} <= set(EXPORTED)


def test_the_latency_objective_is_a_bound_of_the_histogram() -> None:
    assert load(ROOT / "slo.yaml")["latency"]["seconds"] in LATENCY_SECONDS


def test_the_registry_is_asked_more_often_than_its_alert_waits() -> None:
    longest = load_slo(ROOT / "slo.yaml").freshness.registry_lookup_seconds
    for environment in (path.stem for path in (MONITORING / "targets").glob("*.yml")):
        serving = load(ROOT / "config" / f"{environment}.yaml")["serving"]
        assert serving.get("poll_seconds", Serving().poll_seconds) < longest, environment


@pytest.mark.parametrize("alert", ALERT_RULES)
def test_an_alert_has_a_summary_and_a_runbook(alert: dict[str, Any]) -> None:
    name, annotations = alert["alert"], alert["annotations"]
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert annotations["summary"]
    assert annotations["description"]
    assert annotations["runbook_url"] == f"docs/runbooks/{name}.md"
    link = re.fullmatch(rf"{GRAFANA}/d/([\w-]+)(\?var-model=.+)?", annotations["dashboard_url"])
    assert link
    assert link[1] in UIDS
    assert link[2] in (None, f"?var-model={MODEL_LABEL}")


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_has_a_runbook_with_all_headings(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == HEADINGS
    linked = set(re.findall(rf"\]\({GRAFANA}/d/([\w-]+)\)", text))
    assert linked <= UIDS
    # The runbook names the dashboard of its alert and its rule file.
    for parameter in ALERT_RULES:
        rule = parameter.values[0]
        if rule["alert"] == name:
            assert re.findall(r"/d/([\w-]+)", rule["annotations"]["dashboard_url"])[0] in linked
    sources = re.findall(r"\]\(\.\./\.\./(monitoring/rules/[\w.]+)\)", text)
    assert name in {rule.get("alert") for path in sources for rule in rules_of(ROOT / path)}
    sections = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    assert all(section.strip() for section in sections)


def test_every_alert_has_a_runbook_in_the_index() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == set(ALERTS)
    index = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| *\[(\w+)\]\(\1\.md\) *\| *(\w+) *\|", index, flags=re.MULTILINE)
    # The highest severity: an alert that pages can be a ticket in its slower windows.
    assert dict(listed) == {name: min(severities) for name, severities in ALERTS.items()}


def test_runbooks_refer_only_to_existing_targets_series_and_pages() -> None:
    makefiles = [ROOT / "Makefile", *(ROOT / "mk").glob("*.mk")]
    rules = "\n".join(path.read_text(encoding="utf-8") for path in makefiles)
    for page in RUNBOOKS.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"^make ([\w-]+)", text, flags=re.MULTILINE):
            assert re.search(rf"^{target}:", rules, flags=re.MULTILINE), f"{page.name}: {target}"
        for query in re.findall(r"'query=([^']+)'", text):
            names = Expression(page.name, query).series()
            assert names
            assert set(names) <= {*EXPORTED, *RECORDS, *SCRAPE_SERIES}, page.name
        for link in re.findall(r"\]\((?!http)([^)#]+)", text):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_has_tests_in_which_it_fires_and_does_not_fire(name: str) -> None:
    outcomes = {bool(case["exp_alerts"]) for case in RULE_TESTS if case["alertname"] == name}
    assert outcomes == {True, False}


@pytest.mark.parametrize("alert", ALERT_RULES)
def test_each_rule_of_an_alert_fires_in_a_test(alert: dict[str, Any]) -> None:
    fired = [
        found["exp_labels"]
        for case in RULE_TESTS
        if case["alertname"] == alert["alert"]
        for found in case["exp_alerts"]
    ]
    assert any(alert["labels"].items() <= labels.items() for labels in fired)


def test_runbooks_refer_only_to_existing_panels() -> None:
    panels = {
        dashboard["uid"]: {panel["title"] for panel in dashboard["panels"]}
        for dashboard in DASHBOARDS.values()
    }
    for name in ALERTS:
        text = " ".join((RUNBOOKS / f"{name}.md").read_text(encoding="utf-8").split())
        named = re.findall(r"/d/([\w-]+)\)[^\[]*?panels? (.+?)\.(?: |$)", text)
        assert named, name
        for uid, titles in named:
            assert set(re.findall(r"(?<!\w)[*_]([^*_]+)[*_](?!\w)", titles)) <= panels[uid], name


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_has_unique_panels_and_a_model_variable(name: str) -> None:
    dashboard = DASHBOARDS[name]
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    assert "model" in [variable["name"] for variable in dashboard["templating"]["list"]]
    # Links to the other dashboards with the same model and time.
    link = dashboard["links"][0]
    assert set(link["tags"]) <= set(dashboard["tags"])
    assert link["includeVars"]
    assert link["keepTime"]


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_is_explained_and_reads_the_provisioned_source(panel: dict[str, Any]) -> None:
    provisioned = load(MONITORING / "grafana" / "datasources.yml")["datasources"]
    sources = {(source["type"], source["uid"]) for source in provisioned}
    assert panel["description"]
    assert panel["targets"]
    for holder in (panel, *panel["targets"]):
        assert (holder["datasource"]["type"], holder["datasource"]["uid"]) in sources


def test_routes_and_inhibitions_refer_to_existing_names() -> None:
    config = load(MONITORING / "alertmanager.yml")
    receivers = [receiver["name"] for receiver in config["receivers"]]
    routes = [config["route"], *config["route"]["routes"]]
    assert {route["receiver"] for route in routes} == set(receivers)
    matchers = [
        matcher
        for rule in config["inhibit_rules"]
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
    ] + [matcher for route in routes for matcher in route.get("matchers", [])]
    severities = set().union(*ALERTS.values())
    known = {"alertname": set(ALERTS), "severity": severities}
    for matcher in matchers:
        label, value = re.fullmatch(r'(\w+)=~?"(.+)"', matcher).groups()
        assert any(re.fullmatch(value, name) for name in known[label]), matcher


def test_the_scrape_configuration_matches_the_metrics_endpoint() -> None:
    (job,) = load(MONITORING / "prometheus.yml")["scrape_configs"]
    (files,) = job["file_sd_configs"][0]["files"]
    environments = {path.stem: load(path) for path in MONITORING.glob(files)}
    configured = {path.stem for path in (ROOT / "config").glob("*.yaml")} - {"doctor"}
    assert set(environments) == configured
    for name, groups in environments.items():
        ports = {target.rpartition(":")[2] for group in groups for target in group["targets"]}
        serving = load(ROOT / "config" / f"{name}.yaml")["serving"]
        # Outside `local`, metrics have their own port, which clients cannot reach.
        assert ports == {str(serving.get("metrics_port", serving["port"]))}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_rules_and_dashboards(tmp_path: Path) -> None:
    queries = [
        {"record": f"dashboard:query_{number}", "expr": expression.values[0].text}
        for number, expression in enumerate(EXPRESSIONS)
    ]
    for query in queries:
        query["expr"] = query["expr"].replace("$__rate_interval", "5m")
    assert not [query for query in queries if "$__" in query["expr"]]
    rules = tmp_path / "queries.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": queries}]}))
    for command in (
        ["check", "config", str(MONITORING / "prometheus.yml")],
        ["check", "rules", str(rules)],
        ["test", "rules", *map(str, sorted((MONITORING / "tests").glob("*.yml")))],
    ):
        result = subprocess.run(["promtool", *command], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
