"""Parameters of a model, from `params/<model>.yaml`.

Types and ranges are those of the structs below. A number is not accepted for a text, nor a fraction
for a whole number, and an error lists all wrong values of the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from .platform.errors import ParamsError
from .platform.settings import project_root
from .platform.strict_json import dumps
from .platform.typed import (
    Above,
    AtLeastZero,
    Finite,
    Fraction,
    Positive,
    Share,
    Text,
    load_yaml,
    read,
    together,
    unknown,
    value_of,
)

Character = Annotated[str, msgspec.Meta(min_length=1, max_length=1, description="one character")]
# The range of seeds that every library takes.
Seed = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


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


class DataParams(msgspec.Struct, frozen=True):
    """Source of the rows, and the dialect of its CSV files.

    source: `sample`, a path or URI of CSV or Parquet files, an SQLAlchemy URL without a password,
        or `database` for a URL that is in the secret `secret`.
    query: the SQL to run when `source` is a database.
    secret: name of the secret that has the URL of the database.
    sample: committed file with some rows of `source`, which is read where the file `source` is
        missing, as in a CI job if git ignores it.
    rows: number of rows that the sample generator creates.
    delimiter: one character; None detects it from the header.
    decimal: `.` or `,`.
    encoding: name of a text encoding; None means UTF-8, or UTF-16 if the file has its BOM.
    missing: texts that count as missing values. The categories and classes of a contract never do,
        and in a text field only the empty text does.
    max_gb: largest size of the table in memory, in GB (10^9 bytes).
    """

    source: Text = "sample"
    query: Text | None = None
    secret: Text | None = None
    sample: Text | None = None
    rows: Positive = 40_000
    delimiter: Character | None = None
    decimal: Literal[".", ","] = "."
    encoding: Text | None = None
    missing: tuple[str, ...] = MISSING
    max_gb: Above = 2.0


class SplitParams(msgspec.Struct, frozen=True):
    """Split of the labeled rows.

    by: `time` takes the newest rows as the test rows, `random` draws them. `auto` means `time` if
        the contract declares a time, else `random`.
    test_fraction: share of the labeled rows that is the test set.
    """

    by: Literal["auto", "random", "time"] = "auto"
    test_fraction: Fraction = 0.25


class SliceGate(msgspec.Struct, frozen=True):
    """Lowest primary metric allowed in any slice of at least `min_rows` rows."""

    RENAMED: ClassVar = {"min_auc": "min_primary"}

    min_primary: Finite = 0.6
    min_rows: Positive = 200


class FairnessGate(msgspec.Struct, frozen=True):
    """Largest allowed gaps between groups of a protected attribute, in probability."""

    max_selection_rate_gap: Share = 0.2
    max_recall_gap: Share = 0.2
    min_rows: Positive = 200


class BaselineGate(msgspec.Struct, frozen=True):
    """Comparison with simple predictions for the same rows, in the primary metric.

    With fewer test rows than `interval_rows`, only `constant_margin` applies.

    constant_margin: how much better than a constant prediction a version must be.
    linear_margin: how much worse than a linear model a version may be, if there is no champion to
        compare with.
    ignored_margin: how much a linear model may lose without the inputs that cannot change a
        prediction.
    """

    constant_margin: Finite = 0.01
    linear_margin: Finite = 0.03
    ignored_margin: Finite = 0.005


class GateParams(msgspec.Struct, frozen=True):
    """Conditions that a version must meet to be promoted.

    floors, ceilings: metric -> lowest or highest value that passes.
    champion_margin: metric -> allowed decrease relative to the champion on the same rows.
    native: whether a version passes if it has no ONNX file with the same scores. Only its framework
        can score such a version, so the service needs the framework installed.
    max_native_latency_ms: longest median time in which the framework may score one row.
    min_rows: fewest test rows on which a version is judged.
    min_rows_share: fewest test rows as a share of those that the champion was judged on.
    min_train_share: fewest rows that the model was fitted on, as a share of the training rows.
    interval_rows: with fewer test rows, the margin must hold for a confidence interval, too.
    champions: number of former champions of which the best is compared as well, so that small
        decreases within the margin cannot add up.
    unused_inputs: inputs that the code of the model leaves out on purpose. The gate does not judge
        them, and the test of training requires that every other input can change a prediction.
    """

    floors: Mapping[str, Finite] = {}
    ceilings: Mapping[str, Finite] = {}
    champion_margin: Mapping[str, Finite] = {}
    slices: SliceGate = SliceGate()
    fairness: FairnessGate = FairnessGate()
    baselines: BaselineGate = BaselineGate()
    native: bool = True
    max_native_latency_ms: Above = 50
    min_rows: Positive = 30
    min_rows_share: Share = 0.5
    min_train_share: Share = 1.0
    interval_rows: Positive = 1_000
    champions: Positive = 10
    unused_inputs: tuple[str, ...] = ()


class DriftParams(msgspec.Struct, frozen=True):
    """Conditions for drift of the inputs.

    psi: population stability index below which an input never counts as drifted.
    false_alarms: allowed share of false alarms among windows without drift.
    min_rows: a window with fewer rows has no verdict.
    window_days: highest age of the rows of a prediction log that are compared, in days.
    """

    psi: Above = 0.1
    false_alarms: Fraction = 0.01
    min_rows: Positive = 200
    window_days: Above = 7


class RetrainParams(msgspec.Struct, frozen=True):
    """Conditions for retraining; one of the first three is sufficient.

    drifted_features: number of drifted inputs.
    min_primary: lowest primary metric on labeled production rows.
    max_age_days: highest age of the champion, in days.
    min_labeled_rows: with fewer labeled rows, quality is not measured.
    cooldown_hours: shortest time between two trainings that a decision starts, in hours.
    """

    RENAMED: ClassVar = {"min_auc": "min_primary"}

    drifted_features: Positive = 1
    min_primary: Finite = 0.7
    max_age_days: Positive = 90
    min_labeled_rows: Positive = 200
    cooldown_hours: AtLeastZero = 20


class Params(msgspec.Struct, frozen=True):
    """Parameters of one model.

    train: passed unchanged to the `build` of the model. decision: how outputs follow from the
        probabilities; the task declares the names.
    """

    model: str
    data: DataParams = DataParams()
    split: SplitParams = SplitParams()
    train: Mapping[str, Any] = {}
    decision: Mapping[str, Finite] = {}
    gates: GateParams = GateParams()
    drift: DriftParams = DriftParams()
    retrain: RetrainParams = RetrainParams()

    @property
    def seed(self) -> int:
        """Seed of the sample data and of training: `train.seed`, or one derived from the name."""
        return int(self.train.get("seed", seed_of(self.model)))

    @property
    def sha256(self) -> str:
        """Hash of all values, for lineage."""
        text = dumps(msgspec.to_builtins(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def seed_of(name: str) -> int:
    """Return a seed that depends on the name only, not on the process or the computer."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 2**31


def load_params(model: str) -> Params:
    """Read `params/<model>.yaml`.

    Raises ParamsError for a missing file; for unknown keys and wrong values, it names all of them.
    """
    path = project_root() / "params" / f"{model.replace('-', '_')}.yaml"
    if not path.is_file():
        raise ParamsError(f"no params/{path.name} for model '{model}'")
    where = f"params/{path.name}"
    return parse_params(model, load_yaml(path, where, ParamsError), where)


def parse_params(model: str, values: Mapping[str, Any], where: str = "params") -> Params:
    """Check the values of a `params/<model>.yaml` and convert them to Params."""
    problems: list[str] = []
    if "model" in values:
        # The name is not a parameter: it is the name of the file.
        known = (name for name in Params.__struct_fields__ if name != "model")
        problems.append(unknown("model", "model", known))
    params = read(Params, {**values, "model": model}, "", problems)
    train = values.get("train")
    if isinstance(train, Mapping) and "seed" in train:
        value_of(Seed, train["seed"], "train.seed", problems)
    if params is None or problems:
        raise ParamsError(together(where, problems))
    return params
