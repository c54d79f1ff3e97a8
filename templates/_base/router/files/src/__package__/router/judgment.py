"""The judgment of a candidate: from counts of both versions to the next step or the verdict.

It reads and writes nothing, so that `simulate` can show how often it is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

from .config import Config, Limits
from .evidence import Counts, score_shift, total
from .sequential import Look, Sample, compare
from .split import Side
from .state import State

# Failures are judged from this many requests on: a version that always fails goes at once.
FIRST_REQUESTS = 20
# Standard errors between a number and its confidence limit: many looks need a wide interval.
Z = 3.0
# If a number exceeds its limit but its confidence limit does not, the judge waits for more
# requests, at most this many times the smallest number. Then the candidate passes.
PATIENCE = 10
# A stable version that is measured before the candidate has requests is not measured later. So it
# needs this many times the smallest number of requests.
ALONE = 5
SIDES: tuple[Side, Side] = ("stable", "candidate")


@dataclass(frozen=True)
class Evidence:
    """What is known of a version: from its own metrics, if they were read, and from the router."""

    exported: Counts | None
    routed: Counts

    def since(self, earlier: Evidence) -> Evidence:
        """Return what was added."""
        known = self.exported
        if known is not None and earlier.exported is not None:
            known = known.since(earlier.exported)
        return Evidence(known, self.routed.since(earlier.routed))

    def sources(self) -> list[tuple[str, Counts]]:
        """Return the counts with the name of their source."""
        found = [("router", self.routed)]
        return found if self.exported is None else [*found, ("service", self.exported)]


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    stable, candidate: what was measured: a share of failed requests, seconds, or the stability
    index. least: lower confidence limit of the candidate's number. limit: the largest value that
    passes.
    """

    check: str
    source: str
    stable: float
    candidate: float
    least: float
    limit: float
    # A latency counts when later requests confirm it: see `Judge`.
    confirmed: bool = True

    @property
    def failed(self) -> bool:
        """Whether the candidate exceeds the limit, and chance is not the reason."""
        return self.least > self.limit and self.confirmed

    @property
    def unclear(self) -> bool:
        """Whether the candidate exceeds the limit, but chance may be the reason."""
        return self.candidate > self.limit and not self.failed

    def content(self) -> dict[str, str | float | bool]:
        """Return the finding as JSON types."""
        return {**asdict(self), "failed": self.failed}

    def sentence(self) -> str:
        """Return the finding as text."""
        return (
            f"{self.check} ({self.source}): {self.candidate:.4g}, at least {self.least:.4g}, "
            f"limit {self.limit:.4g}, stable {self.stable:.4g}"
        )


def judge(limits: Limits, stable: Evidence, candidate: Evidence) -> list[Finding]:
    """Return the checks of failures, latency and scores for which there are enough requests."""
    found: list[Finding] = []
    old = dict(stable.sources())
    for source, new in candidate.sources():
        before = old.get(source)
        if before is None:
            continue
        if new.requests >= min(FIRST_REQUESTS, limits.min_requests):
            found.append(_failures(limits, source, before, new))
    found += _latencies(limits, stable, candidate, limits.min_requests)
    if stable.exported and candidate.exported:
        scores = (stable.exported.scores, candidate.exported.scores)
        if min(map(total, scores)) >= _score_rows(limits):
            index, chance = score_shift(*scores)
            least = index if index > chance else 0.0
            found.append(Finding("scores", "service", 0.0, index, least, limits.score_psi))
    return found


def _score_rows(limits: Limits) -> float:
    """Return how many scores are compared at least: failed requests have none."""
    return limits.min_requests / 2


def _failures(limits: Limits, source: str, stable: Counts, candidate: Counts) -> Finding:
    """Compare the shares of failed requests.

    The least difference is the lower end of Newcombe's interval: R. G. Newcombe, "Interval
    estimation for the difference between independent proportions", Statistics in Medicine 17, 1998,
    pages 873-890 (method 10). A stable version without requests counts as one without failures.
    """
    old, new = stable.error_rate, candidate.error_rate
    low = new - _wilson(candidate.failures, candidate.requests, -1)
    high = _wilson(stable.failures, stable.requests, +1) - old if stable.requests else 0.0
    least = new - math.hypot(low, high)
    return Finding("errors", source, old, new, max(0.0, least), old + limits.error_rate)


def _wilson(hits: float, count: float, sign: int) -> float:
    """Return the lower (-1) or upper (+1) end of the Wilson interval of a share."""
    share = hits / count
    center = share + Z * Z / (2 * count)
    half = Z * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    return (center + sign * half) / (1 + Z * Z / count)


def _latencies(
    limits: Limits, stable: Evidence, candidate: Evidence, requests: float
) -> list[Finding]:
    """Return the checks of the latency in sources with enough requests of both versions."""
    old = dict(stable.sources())
    return [
        _latency(limits, source, old[source], new)
        for source, new in candidate.sources()
        if source in old and min(total(new.seconds), total(old[source].seconds)) >= requests
    ]


def _latency(limits: Limits, source: str, stable: Counts, candidate: Counts) -> Finding:
    """Compare the 95th percentiles, in seconds.

    The share of the requests below a percentile varies with variance p * (1 - p) / n. So the
    candidate's least percentile is at a level that is Z standard errors of both shares lower.
    """
    errors = 1 / total(stable.seconds) + 1 / total(candidate.seconds)
    level = max(0.5, 0.95 - Z * math.sqrt(0.95 * 0.05 * errors))
    old, new, least = stable.quantile(0.95), candidate.quantile(0.95), candidate.quantile(level)
    limit = max(old * limits.latency_ratio, old + limits.latency_seconds)
    return Finding("latency", source, old, new, least, limit)


@dataclass(frozen=True)
class Judgment:
    """The result of one look, its reason, and the numbers behind it.

    state: the state before the look, with the smallest p-value so far.
    """

    result: Literal["wait", "next", "promoted", "rolled_back"]
    reason: str
    state: State
    findings: list[Finding]
    losses: Look


class Judge:
    """Judges one rollout; remembers the counts at its start, and at the start of its step.

    A pause of a process delays many requests at once, and says little about other times. So a
    latency above its limit must be confirmed by later requests. If they are within the limit, the
    step begins again after the pause.
    """

    def __init__(self, config: Config) -> None:
        """Create a judge of a rollout that has no requests yet."""
        self._config = config
        self._step = -1
        self._first: dict[Side, Evidence] = {}
        self._base: dict[Side, Evidence] = {}
        # When the latency exceeded its limit first.
        self._late: dict[Side, Evidence] | None = None

    def look(
        self, state: State, now: Mapping[Side, Evidence], labels: tuple[Sample, Sample]
    ) -> Judgment:
        """Judge the counts so far. labels: losses of the stable version and of the candidate."""
        if self._step != state.step:
            self._step = state.step
            self._base = dict(now)
            self._first = self._first or dict(now)
            self._late = None
        # A service whose metrics could not be read before starts to count here.
        for known in (self._base, self._first):
            for side in SIDES:
                if known[side].exported is None:
                    known[side] = Evidence(now[side].exported, known[side].routed)
        stable = now["stable"].since(self._base["stable"])
        candidate = now["candidate"].since(self._base["candidate"])
        limits = self._config.limits
        if stable.routed.requests < limits.min_requests:
            stable = now["stable"].since(self._first["stable"])
        findings = self._confirmed(judge(limits, stable, candidate), stable, now)
        losses = compare(*labels, limits.loss, limits.alpha)
        if min(sample.count for sample in labels) < limits.min_outcomes:
            losses = replace(losses, p_value=1.0, half_width=math.inf)
        if losses.p_value < state.p_value:
            state = state.replace(p_value=losses.p_value)
        counts = (labels[0].count, labels[1].count)
        result, reason = self._result(state, stable, candidate, findings, losses, counts)
        return Judgment(result, reason, state, findings, losses)

    def _confirmed(
        self, findings: list[Finding], stable: Evidence, now: Mapping[Side, Evidence]
    ) -> list[Finding]:
        if not any(finding.check == "latency" and finding.failed for finding in findings):
            self._late = None
            return findings
        if self._late is None:
            self._late = dict(now)
        limits = self._config.limits
        later = now["candidate"].since(self._late["candidate"])
        checks = _latencies(limits, stable, later, limits.min_requests / 2)
        failed = {finding.source for finding in checks if finding.failed}
        if checks and not failed:
            self._base, self._late = self._late, None
        return [
            replace(finding, confirmed=finding.source in failed)
            if finding.check == "latency" and finding.failed
            else finding
            for finding in findings
        ]

    def _result(
        self,
        state: State,
        stable: Evidence,
        candidate: Evidence,
        findings: list[Finding],
        losses: Look,
        labels: tuple[int, int],
    ) -> tuple[Literal["wait", "next", "promoted", "rolled_back"], str]:
        limits = self._config.limits
        failed = [finding.sentence() for finding in findings if finding.failed]
        if failed:
            return "rolled_back", "; ".join(failed)
        # The p-value of this look, because the smallest one may be that of the other direction.
        sure = losses.p_value < limits.alpha
        size = f"{losses.difference:+.4g}, p = {losses.p_value:.2g} after {sum(labels)} labels"
        if sure and losses.difference > limits.loss:
            return "rolled_back", f"loss: {size}"
        if stable.exported is None or candidate.exported is None:
            return "wait", "metrics of a version cannot be read"
        if self._config.mode == "ab":
            if sure:
                return "promoted", f"loss: {size}"
            if sum(labels) >= limits.max_outcomes:
                return "rolled_back", f"no difference: {size}"
            return "wait", "the A/B test continues"
        asked = state.weight > 0 or self._config.mode == "shadow"
        needed = limits.min_requests * (1 if asked else ALONE)
        if stable.routed.requests < needed and self._config.shares[0] < 1:
            return "wait", "the stable version had too few requests"
        if asked and candidate.routed.requests < limits.min_requests:
            return "wait", "the candidate had too few requests"
        rows = _score_rows(limits)
        if asked and total(stable.exported.scores) >= rows > total(candidate.exported.scores):
            return "wait", "the candidate exported too few scores"
        if candidate.routed.requests < PATIENCE * limits.min_requests:
            unclear = [finding.sentence() for finding in findings if finding.unclear]
            if unclear:
                return "wait", "unclear: " + "; ".join(unclear)
        # In earlier steps, the candidate has few requests, and enough labels would take long.
        late = state.step + 2 >= len(self._config.shares)
        enough = limits.min_outcomes <= min(labels)
        patient = late and enough and labels[1] < PATIENCE * limits.min_outcomes
        if patient and losses.difference > limits.loss + losses.error:
            return "wait", f"unclear: loss: {size}"
        following = self._config.shares[state.step + 1 :]
        if following:
            # When the candidate answers all requests, no more labels of the stable version arrive.
            if limits.require_outcomes and following[0] == 1 and labels[0] < limits.min_outcomes:
                return "wait", "too few labels of the stable version"
            return "next", ""
        if limits.require_outcomes and min(labels) < limits.min_outcomes:
            return "wait", "too few labels"
        return "promoted", "all checks passed"
