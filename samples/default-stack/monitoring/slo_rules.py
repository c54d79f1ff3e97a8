"""The rules of the service levels, made from `slo.yaml`.

Each alert says that an error budget is being spent too fast, over a long window and a short one:
https://sre.google/workbook/alerting-on-slos/, table 5-8. The names of the recorded series are
those of Sloth. `slo_files.py` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from default_stack.platform.slo import ServiceLevels

DAYS = 30
RATES = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", f"{DAYS}d")
HEADER = "# Written by `make slo` from slo.yaml; change the numbers there.\n"


@dataclass(frozen=True)
class Window:
    """An alert: the budget burns at `factor` times the allowed speed over both windows."""

    factor: float
    long: str
    short: str
    hold: str
    severity: str
    spent: str


# Source: see above; `hold` is that of the Kubernetes mixin.
WINDOWS = (
    Window(14.4, "1h", "5m", "2m", "page", "2 % of the budget in one hour"),
    Window(6, "6h", "30m", "15m", "page", "5 % of the budget in six hours"),
    Window(3, "1d", "2h", "1h", "ticket", "10 % of the budget in one day"),
    Window(1, "3d", "6h", "3h", "ticket", "10 % of the budget in three days"),
)


@dataclass(frozen=True)
class Objective:
    """A share of good requests that was promised, and how bad ones are counted.

    good, bad, total: series of the tests. error: expression for the share of bad requests over
    `RANGE`. happens: what is wrong with a bad request, in the words of the alert.
    """

    name: str
    alert: str
    ratio: float
    error: str
    happens: str
    good: str
    bad: str | None
    total: str | None

    @property
    def budget(self) -> float:
        """Share of requests that may be bad, without the noise of binary fractions."""
        return round(1 - self.ratio, 9)


def objectives(levels: ServiceLevels) -> tuple[Objective, ...]:
    """Return the objectives that have an error budget."""
    # As the service writes the bound of its histogram: 1.0, not 1.
    bound = repr(float(levels.latency.seconds))
    latency = "prediction_latency_seconds"
    return (
        Objective(
            name="availability",
            alert="AvailabilityBudgetBurn",
            ratio=levels.availability.ratio,
            # `or` adds a zero for models without any server error, which have no such series.
            error="""\
(
  sum by (model) (rate(prediction_requests_total{status=~"5.."}[RANGE]))
  or 0 * sum by (model) (rate(prediction_requests_total[RANGE]))
)
/ sum by (model) (rate(prediction_requests_total[RANGE]))""",
            happens="end in a server error",
            good='prediction_requests_total{model="MODEL", status="200", model_version="1"}',
            bad='prediction_requests_total{model="MODEL", status="503", model_version="1"}',
            total=None,
        ),
        Objective(
            name="latency",
            alert="LatencyBudgetBurn",
            ratio=levels.latency.ratio,
            error=f"""\
1 - (
  sum by (model) (rate({latency}_bucket{{le="{bound}"}}[RANGE]))
  / sum by (model) (rate({latency}_count[RANGE]))
)""",
            happens=f"take longer than {levels.latency.seconds:g} s",
            good=f'{latency}_bucket{{model="MODEL", le="{bound}"}}',
            bad=None,
            total=f'{latency}_count{{model="MODEL"}}',
        ),
    )


def thresholds(levels: ServiceLevels) -> dict[str, float]:
    """Return the numbers without an error budget, by the series that other rules read."""
    return {
        "slo:latency_seconds:threshold": levels.latency.seconds,
        "slo:promotion_to_live_seconds:threshold": levels.freshness.promotion_to_live_seconds,
        "slo:pipeline_age_seconds:threshold": levels.freshness.pipeline_age_seconds,
        "slo:feature_drift_psi:threshold": levels.drift.psi,
        "slo:auc_kept_ratio:threshold": levels.quality.auc_kept_ratio,
        "slo:validation_failures_per_hour:threshold": levels.validation.failures_per_hour,
    }


def rules(levels: ServiceLevels) -> str:
    """Return the text of the rule file."""
    text = HEADER + "groups:\n  - name: slo-objectives\n    rules:\n"
    for objective in objectives(levels):
        text += f"""\
      - record: slo:objective:ratio
        expr: vector({objective.ratio})
        labels: {{ slo: {objective.name} }}
      - record: slo:error_budget:ratio
        expr: vector({objective.budget})
        labels: {{ slo: {objective.name} }}
"""
    for series, value in thresholds(levels).items():
        text += f"      - record: {series}\n        expr: vector({value})\n"
    for objective in objectives(levels):
        text += f"\n  - name: slo-{objective.name}\n    rules:\n"
        text += "".join(_recorded(objective, range_) for range_ in RATES)
        text += _budget(objective)
        text += "".join(_alert(objective, window) for window in WINDOWS)
    return text


def _recorded(objective: Objective, range_: str) -> str:
    return f"""\
      - record: slo:sli_error:ratio_rate{range_}
        expr: |
{_indented(objective.error.replace("RANGE", range_), 10)}
        labels: {{ slo: {objective.name} }}
"""


def _budget(objective: Objective) -> str:
    this = f'slo="{objective.name}"'
    return f"""\
      - record: slo:current_burn_rate:ratio
        expr: slo:sli_error:ratio_rate1h{{{this}}} / {objective.budget}
      - record: slo:period_error_budget_remaining:ratio
        expr: 1 - slo:sli_error:ratio_rate{DAYS}d{{{this}}} / {objective.budget}
"""


def _alert(objective: Objective, window: Window) -> str:
    this = f'slo="{objective.name}"'
    limit = f"{window.factor:g} * {objective.budget}"
    return f"""\

      # {window.spent}.
      - alert: {objective.alert}
        expr: |
          slo:sli_error:ratio_rate{window.long}{{{this}}} > {limit}
          and
          slo:sli_error:ratio_rate{window.short}{{{this}}} > {limit}
        for: {window.hold}
        labels:
          severity: {window.severity}
          long_window: {window.long}
        annotations:
          summary: '{{{{ $labels.model }}}}: {summary_of(objective, window)}'
          description: {description_of(window)}
          runbook_url: docs/runbooks/{objective.alert}.md
          dashboard_url: '{dashboard_of("{{ $labels.model }}")}'
"""


def summary_of(objective: Objective, window: Window) -> str:
    """Return what the alert says first, after the name of the model."""
    return f"{{{{ $value | humanizePercentage }}}} of requests {objective.happens} ({window.long})"


def description_of(window: Window) -> str:
    """Return how fast the budget is being spent."""
    left = f"{DAYS / window.factor:.0f} days"
    return f"Over {window.long} and {window.short}; the {DAYS}-day budget lasts {left}."


def dashboard_of(model: str) -> str:
    """Return the address of the dashboard that shows a model."""
    return f"http://127.0.0.1:3001/d/model-service?var-model={model}"


def _indented(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in text.splitlines())
