"""Parameters of a model, from `params/<model>.yaml`."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml

from .platform.errors import ParamsError
from .platform.settings import project_root

T = TypeVar("T")


# What counts as a missing value in a CSV file: the texts that pandas.read_csv takes for missing.
MISSING = (
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
)


@dataclass(frozen=True)
class DataParams:
    """Source of the rows, and the dialect of its CSV files.

    source: `sample`, a path or URI of CSV or Parquet files, an SQLAlchemy URL without a password,
        or `database` for a URL that is in the secret `secret`.
    query: the SQL to run when `source` is a database.
    secret: name of the secret that has the URL of the database.
    rows: number of rows that the sample generator creates.
    delimiter: one character; None detects it from the header.
    decimal: `.` or `,`.
    encoding: name of a text encoding; None means UTF-8, or UTF-16 if the file has its BOM.
    missing: texts that count as missing values. The categories and classes of a contract never do,
        and in a text field only the empty text does.
    max_gb: largest size of the table in memory, in GB (10^9 bytes).
    """

    source: str = "sample"
    query: str | None = None
    secret: str | None = None
    rows: int = 40_000
    delimiter: str | None = None
    decimal: str = "."
    encoding: str | None = None
    missing: tuple[str, ...] = MISSING
    max_gb: float = 2.0


@dataclass(frozen=True)
class SplitParams:
    """Split of the labeled rows.

    by: `time` takes the newest rows as the test rows, `random` draws them. `auto` means `time` if
        the contract declares a time, else `random`.
    test_fraction: share of the labeled rows that is the test set.
    """

    by: str = "auto"
    test_fraction: float = 0.25


@dataclass(frozen=True)
class SliceGate:
    """Lowest quality allowed in any slice of at least `min_rows` rows."""

    min_auc: float = 0.6
    min_rows: int = 200


@dataclass(frozen=True)
class FairnessGate:
    """Largest allowed gaps between groups of a protected attribute, in probability."""

    max_selection_rate_gap: float = 0.2
    max_recall_gap: float = 0.2
    min_rows: int = 200


@dataclass(frozen=True)
class GateParams:
    """Conditions that a version must meet to be promoted.

    floors, ceilings: metric -> lowest or highest value that passes.
    champion_margin: metric -> allowed decrease relative to the champion on the same rows.
    native: whether a version passes if it has no ONNX file with the same scores. Only its framework
        can score such a version, so the service needs the framework installed.
    """

    floors: Mapping[str, float] = field(default_factory=dict)
    ceilings: Mapping[str, float] = field(default_factory=dict)
    champion_margin: Mapping[str, float] = field(default_factory=dict)
    slices: SliceGate = field(default_factory=SliceGate)
    fairness: FairnessGate = field(default_factory=FairnessGate)
    native: bool = False


@dataclass(frozen=True)
class DriftParams:
    """Conditions for drift of the inputs.

    psi: population stability index below which an input never counts as drifted.
    false_alarms: allowed share of false alarms among windows without drift.
    min_rows: a window with fewer rows has no verdict.
    """

    psi: float = 0.1
    false_alarms: float = 0.01
    min_rows: int = 200


@dataclass(frozen=True)
class RetrainParams:
    """Conditions for retraining; each of them is sufficient.

    drifted_features: number of drifted inputs.
    min_auc: lowest AUC on labeled production rows.
    max_age_days: highest age of the champion, in days.
    """

    drifted_features: int = 1
    min_auc: float = 0.7
    max_age_days: int = 90


@dataclass(frozen=True)
class Params:
    """Parameters of one model. `train` is passed unchanged to the `build` of the model."""

    model: str
    data: DataParams
    split: SplitParams
    train: Mapping[str, Any]
    gates: GateParams
    drift: DriftParams
    retrain: RetrainParams

    @property
    def seed(self) -> int:
        """Seed of the sample data and of training: `train.seed`, or one derived from the name."""
        return int(self.train.get("seed", seed_of(self.model)))

    @property
    def sha256(self) -> str:
        """Hash of all values, for lineage."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def seed_of(name: str) -> int:
    """Return a seed that depends on the name only, not on the process or the computer."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 2**31


def load_params(model: str) -> Params:
    """Read `params/<model>.yaml`.

    Raises ParamsError for a missing file and, naming the key, for an unknown or ill-typed value.
    """
    path = project_root() / "params" / f"{model.replace('-', '_')}.yaml"
    if not path.is_file():
        raise ParamsError(f"no params/{path.name} for model '{model}'")
    values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return parse_params(model, values, path.name)


def parse_params(model: str, values: Mapping[str, Any], where: str = "params") -> Params:
    """Check the values of a `params/<model>.yaml` and convert them to Params."""
    known = {"data", "split", "train", "gates", "drift", "retrain"}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ParamsError(f"{where}: '{unknown[0]}' is none of {', '.join(sorted(known))}")
    gates = dict(values.get("gates") or {})
    return Params(
        model=model,
        data=_typed(DataParams, values.get("data"), f"{where}: data"),
        split=_typed(SplitParams, values.get("split"), f"{where}: split"),
        train=dict(values.get("train") or {}),
        gates=GateParams(
            **{
                **{name: _numbers(gates.pop(name, {}), f"{where}: gates.{name}") for name in _MAPS},
                "slices": _typed(SliceGate, gates.pop("slices", None), f"{where}: gates.slices"),
                "fairness": _typed(
                    FairnessGate, gates.pop("fairness", None), f"{where}: gates.fairness"
                ),
                "native": _flag(gates.pop("native", False), f"{where}: gates.native"),
                **_none_left(gates, f"{where}: gates"),
            }
        ),
        drift=_typed(DriftParams, values.get("drift"), f"{where}: drift"),
        retrain=_typed(RetrainParams, values.get("retrain"), f"{where}: retrain"),
    )


_MAPS = ("floors", "ceilings", "champion_margin")


def _none_left(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    if values:
        raise ParamsError(f"{where}.{next(iter(values))} is not a parameter")
    return {}


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise ParamsError(f"{where}: expected true or false, found {value!r}")
    return value


def _numbers(values: Any, where: str) -> dict[str, float]:
    try:
        return {str(key): float(value) for key, value in dict(values or {}).items()}
    except (TypeError, ValueError) as error:
        raise ParamsError(f"{where}: expected numbers by metric, found {values!r}") from error


def _typed(kind: type[T], values: Any, where: str) -> T:
    given = dict(values or {})
    types = {item.name: item for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key, value in given.items():
        if key not in types:
            raise ParamsError(f"{where}.{key} is not a parameter; known: {', '.join(types)}")
        default = types[key].default
        number = isinstance(default, (int, float)) and not isinstance(default, bool)
        if number and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise ParamsError(f"{where}.{key}: expected a number, found {value!r}")
        if isinstance(default, int) and isinstance(value, float) and not value.is_integer():
            raise ParamsError(f"{where}.{key}: expected a whole number, found {value!r}")
        if isinstance(default, str) and not isinstance(value, str):
            raise ParamsError(f"{where}.{key}: expected text, found {value!r}")
        if isinstance(default, tuple):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise ParamsError(f"{where}.{key}: expected a list of texts, found {value!r}")
            given[key] = tuple(value)
    return kind(**given)
