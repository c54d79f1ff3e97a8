"""Generate tests of the service level rules: bad requests around each threshold."""

from __future__ import annotations

from slo_rules import (
    HEADER,
    WINDOWS,
    Objective,
    Window,
    dashboard_of,
    description_of,
    objectives,
    summary_of,
)

from two_models.platform.slo import ServiceLevels

PER_MINUTE = 10_000_000


def tests(levels: ServiceLevels) -> str:
    """Return the text of the rule tests, with rates of bad requests around each threshold."""
    text = HEADER + "rule_files: [../rules/slo.yml]\nevaluation_interval: 5m\n\ntests:\n"
    for objective in objectives(levels):
        factors = [window.factor for window in WINDOWS]
        most = min(20.0, 1 / objective.budget)
        speeds = [(factors[0] + most) / 2, 10, 4.5, 2, 0.5]
        for speed in speeds:
            share = float(f"{speed * objective.budget:.3g}")
            firing = [window for window in WINDOWS if window.factor < speed]
            text += _steady(objective, speed, share, firing)
        for speed, minutes in ((speeds[0], 30), (5, 150), (2, 400)):
            text += _short(objective, speed, minutes)
        text += _ended(objective, float(f"{speeds[0] * objective.budget:.3g}"))
        text += _silent(objective)
    return text


def _series(objective: Objective, model: str, phases: list[tuple[float, int]]) -> str:
    """Return input series: each phase has a share of bad requests and a length in minutes."""
    text = ""
    for series, of in (
        (objective.good, lambda share: 1 - share),
        (objective.bad, lambda share: share),
        (objective.total, lambda share: 1.0),
    ):
        if series is None:
            continue
        values, count = [], 0
        for share, minutes in phases:
            step = round(of(share) * PER_MINUTE)
            values.append(f"{count}+{step}x{minutes}")
            count += step * (minutes + 1)
        name = series.replace("MODEL", model)
        text += f"      - series: {name}\n        values: {' '.join(values)}\n"
    return text


def _steady(objective: Objective, speed: float, share: float, firing: list[Window]) -> str:
    text = f"""\
  - name: {objective.name}, the budget burns {speed:.3g} times too fast for four hours
    interval: 1m
    input_series:
{_series(objective, "churn", [(share, 240)])}{_series(objective, "healthy", [(0.0, 240)])}\
    alert_rule_test:
      - eval_time: 5m
        alertname: {objective.alert}
        exp_alerts: []
      - eval_time: 4h
        alertname: {objective.alert}
"""
    if not firing:
        return text + "        exp_alerts: []\n\n"
    text += "        exp_alerts:\n"
    percentage = f"{share * 100:.4g}%"
    for window in firing:
        summary = summary_of(objective, window).replace(
            "{{ $value | humanizePercentage }}", percentage
        )
        text += f"""\
          - exp_labels:
              model: churn
              slo: {objective.name}
              severity: {window.severity}
              long_window: {window.long}
            exp_annotations:
              summary: 'churn: {summary}'
              description: {description_of(window)}
              runbook_url: docs/runbooks/{objective.alert}.md
              dashboard_url: {dashboard_of("churn")}
"""
    return text + "\n"


def _short(objective: Objective, speed: float, minutes: int) -> str:
    """Return a test in which only a short window is bad, for longer than its alert holds."""
    share = float(f"{speed * objective.budget:.3g}")
    return f"""\
  - name: {objective.name}, {minutes} minutes at {speed:.3g} times after 8 good hours raise no alert
    interval: 1m
    input_series:
{_series(objective, "churn", [(0.0, 480), (share, minutes)])}\
    alert_rule_test:
      - eval_time: {480 + minutes}m
        alertname: {objective.alert}
        exp_alerts: []

"""


def _ended(objective: Objective, share: float) -> str:
    alerts = f'ALERTS{{alertname="{objective.alert}", alertstate="firing"}}'
    return f"""\
  - name: {objective.name}, alerts end after a bad hour, those of the short windows first
    interval: 1m
    input_series:
{_series(objective, "churn", [(share, 60), (0.0, 420)])}\
    promql_expr_test:
      - expr: count by (long_window) ({alerts})
        eval_time: 55m
        exp_samples:
          - {{ labels: '{{long_window="1h"}}', value: 1 }}
          - {{ labels: '{{long_window="6h"}}', value: 1 }}
      - expr: count by (long_window) ({alerts})
        eval_time: 70m
        exp_samples:
          - {{ labels: '{{long_window="6h"}}', value: 1 }}
          - {{ labels: '{{long_window="1d"}}', value: 1 }}
      - expr: count by (long_window) ({alerts})
        eval_time: 100m
        exp_samples:
          - {{ labels: '{{long_window="1d"}}', value: 1 }}
      - expr: count by (long_window) ({alerts})
        eval_time: 190m
        exp_samples:
          - {{ labels: '{{long_window="3d"}}', value: 1 }}
    alert_rule_test:
      - eval_time: 8h
        alertname: {objective.alert}
        exp_alerts: []

"""


def _silent(objective: Objective) -> str:
    series = [name for name in (objective.good, objective.bad, objective.total) if name]
    inputs = "".join(
        f"      - series: {name.replace('MODEL', 'churn')}\n        values: 7x240\n"
        for name in series
    )
    return f"""\
  - name: {objective.name}, no alert fires without requests (no division by zero)
    interval: 1m
    input_series:
{inputs}\
    alert_rule_test:
      - eval_time: 4h
        alertname: {objective.alert}
        exp_alerts: []

"""
