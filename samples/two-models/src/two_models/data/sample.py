"""Sample data: customers of a subscription service, and what the task predicts about them.

The generator is seeded: equal arguments give equal rows. Tenure, support calls,
failed payments and the plan influence the label; the age group does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..platform.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..tasks import Task

START = "2026-01-01"
DAYS = 180
LABEL_DELAY_DAYS = 30
VARIANTS = ("base", "drifted", "fresh", "late", "corrupted", "mislabelled")

_PLANS = ("basic", "standard", "premium")
_CONTRACTS = ("monthly", "yearly", "two_years")
_PAYMENTS = ("card", "transfer", "invoice", "wallet")
_REGIONS = ("north", "south", "east", "west")
_AGES = ("18-34", "35-54", "55+")


def generate(
    task: Task, seed: int, rows: int = 40_000, variant: str = "base", test_fraction: float = 0.25
) -> pd.DataFrame:
    """Generate `rows` rows (fewer for `drifted`, more for `fresh`), sorted by time.

    The target is the one of `task`.

    base: 180 days; every label is known.
    drifted: the 60 days after `base`, with more expensive plans, more calls and a changed relation
        between inputs and label.
    fresh: `base` and `drifted` together, as for retraining.
    late: as `base` on its last day; the labels of the last 30 days are not known yet.
    corrupted: as `base`, with values that break the contract.
    mislabelled: as `base`, but the labels of all rows except the newest `test_fraction` are
        shuffled. The contract cannot detect that; the gate must.
    """
    import numpy as np
    import pandas as pd

    if variant not in VARIANTS:
        raise UserError(f"the sample has no variant '{variant}'; use one of {', '.join(VARIANTS)}")
    if variant == "drifted":
        return _events(task, np.random.default_rng([seed, 1]), rows // 2, DAYS, DAYS // 3, True)
    frame = _events(task, np.random.default_rng([seed, 0]), rows, 0, DAYS, False)
    if variant == "fresh":
        newer = generate(task, seed, rows, "drifted")
        return pd.concat([frame, newer], ignore_index=True)
    rng = np.random.default_rng([seed, 2])
    target = task.SAMPLE.target
    if variant == "late":
        unknown = frame["label_time"] > frame["event_time"].max()
        frame[target] = frame[target].mask(unknown)
    elif variant == "corrupted":
        _corrupt(frame, task, rng)
    elif variant == "mislabelled":
        known = len(frame) - int(len(frame) * test_fraction)
        labels = frame[target].to_numpy(copy=True)
        labels[:known] = rng.permutation(labels[:known])
        frame[target] = labels
    return frame


def _events(
    task: Task, rng: np.random.Generator, rows: int, first_day: int, days: int, drifted: bool
) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    def pick(values: tuple[str, ...], weights: list[float]) -> np.ndarray:
        return np.asarray(values, dtype=object)[rng.choice(len(values), size=rows, p=weights)]

    plan = pick(_PLANS, [0.25, 0.35, 0.40] if drifted else [0.45, 0.35, 0.20])
    contract = pick(_CONTRACTS, [0.55, 0.30, 0.15])
    payment = pick(_PAYMENTS, [0.45, 0.25, 0.20, 0.10])
    region = pick(_REGIONS, [0.30, 0.25, 0.25, 0.20])
    age = pick(_AGES, [0.35, 0.40, 0.25])
    tenure = np.clip(rng.gamma(2.0, 14.0, rows), 0, 240)
    price = np.select([plan == "basic", plan == "standard"], [25.0, 45.0], 75.0)
    price = price * rng.normal(1.25 if drifted else 1.0, 0.08, rows)
    usage = np.clip(rng.lognormal(3.0, 0.6, rows), 0, 2000)
    calls = rng.poisson(2.6 if drifted else 1.2, rows)
    login = np.clip(rng.exponential(6.0, rows), 0, 365)
    failed = rng.poisson(0.3, rows)
    sessions = rng.poisson(9.0, rows)
    discount = np.clip(rng.beta(1.5, 8.0, rows), 0, 1)

    calls_weight, price_weight = (0.35, 0.035) if drifted else (0.65, 0.012)
    risk = (
        -1.95
        - 0.045 * (tenure - 28)
        + calls_weight * (calls - 1.2)
        + price_weight * (price - 45)
        + 0.09 * (login - 6)
        + 1.1 * failed
        - 0.08 * (sessions - 9)
        - 2.5 * (discount - 0.16)
        + np.select([contract == "monthly", contract == "yearly"], [0.9, -0.3], -1.3)
        + np.select([payment == "card", payment == "invoice"], [-0.2, 0.4], 0.0)
    )
    inputs = {"plan": plan, "monthly_price": price, "usage_gb": usage, "discount": discount}
    labels = task.SAMPLE.draw(inputs, risk, rng)
    seconds = np.sort(rng.integers(0, days * 86_400, rows)) + first_day * 86_400
    time = pd.Timestamp(START, tz="UTC") + pd.to_timedelta(seconds, unit="s")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(100_000, 1_000_000, rows),
            "event_time": time,
            "tenure_months": tenure.round(2),
            "monthly_price": price.clip(5, 200).round(2),
            "usage_gb": usage.round(2),
            "support_calls": calls,
            "days_since_login": login.round(2),
            "failed_payments": failed,
            "sessions_per_week": sessions,
            "discount": discount.round(4),
            "plan": plan,
            "contract": contract,
            "payment": payment,
            "region": region,
            "age_group": age,
            task.SAMPLE.target: labels,
            "label_time": time + pd.Timedelta(days=LABEL_DELAY_DAYS),
        }
    )


def _corrupt(frame: pd.DataFrame, task: Task, rng: np.random.Generator) -> None:
    share = max(1, len(frame) // 100)

    def some() -> np.ndarray:
        return rng.choice(len(frame), size=share, replace=False)

    frame.loc[some(), "tenure_months"] = -1.0
    frame.loc[some(), "monthly_price"] = None
    frame.loc[some(), "plan"] = "platinum"
    frame.loc[some(), task.SAMPLE.target] = task.SAMPLE.wrong
