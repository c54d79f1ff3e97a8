"""URIs of the inputs and outputs of one training run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class RunPaths:
    """The URIs of one run, all below `root` (a local folder or an fsspec URI).

    Steps do not use this class: they take each URI as an argument, so that a container step can
    read its files from any location.
    """

    root: str

    @classmethod
    def new(cls, model: str, base: str | None = None) -> RunPaths:
        """Return the paths of a new run folder: `<base>/<model>/<utc stamp>-<random>`.

        `base` defaults to `artifacts.root` of the settings. Nothing is created.
        """
        if base is None:
            from .settings import load_settings

            base = load_settings().artifacts.root
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        return cls(f"{base.rstrip('/')}/{model}/{stamp}-{secrets.token_hex(3)}")

    @property
    def id(self) -> str:
        """The name of the run folder, which identifies the run."""
        return self.root.rstrip("/").rpartition("/")[2]

    def at(self, name: str) -> str:
        """Return the URI of `name` in the run folder."""
        return f"{self.root.rstrip('/')}/{name}"

    @property
    def data(self) -> str:
        """All rows as read from the source (Parquet)."""
        return self.at("data.parquet")

    @property
    def validation(self) -> str:
        """Report of the data contract (JSON)."""
        return self.at("validation.json")

    @property
    def train(self) -> str:
        """Rows to fit on: the older ones (Parquet)."""
        return self.at("train.parquet")

    @property
    def test(self) -> str:
        """Rows to judge on: the newest ones (Parquet)."""
        return self.at("test.parquet")

    @property
    def model(self) -> str:
        """Folder of the fitted model in its framework's own format."""
        return self.at("model")

    @property
    def train_metrics(self) -> str:
        """Metrics on the rows fitted on, with the parameters used (JSON)."""
        return self.at("train_metrics.json")

    @property
    def package(self) -> str:
        """Folder that is registered and served: model files, manifest, reference rows."""
        return self.at("package")

    @property
    def metrics(self) -> str:
        """Metrics on the test rows: overall, per slice, fairness, champion and baselines (JSON)."""
        return self.at("metrics.json")

    @property
    def lineage(self) -> str:
        """Code, data, parameters and libraries that made the model (JSON)."""
        return self.at("lineage.json")

    @property
    def version(self) -> str:
        """What the registry and the tracker answered (JSON)."""
        return self.at("version.json")

    @property
    def decision(self) -> str:
        """Decision of the promotion gate (JSON)."""
        return self.at("decision.json")

    @property
    def promotion(self) -> str:
        """What the promotion changed (JSON)."""
        return self.at("promotion.json")
