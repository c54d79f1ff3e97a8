"""The results of training as assets. Each asset is a file or folder of a run; its value is the URI.

You can therefore materialize a single asset in the UI from files of an earlier run, and no data
passes through Dagster itself.
"""

# Dagster evaluates annotations when it creates assets, so this file does not postpone them.

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from two_models.platform import artifacts, models
from two_models.platform.errors import DataContractError, UserError
from two_models.platform.paths import RunPaths
from two_models.platform.settings import load_settings
from two_models.platform.step_notes import note_step
from two_models.steps.evaluate import evaluate
from two_models.steps.export import export
from two_models.steps.gate import gate
from two_models.steps.ingest import ingest
from two_models.steps.promote import promote
from two_models.steps.register import register
from two_models.steps.split import split
from two_models.steps.train import train
from two_models.steps.validate import validate

RETRY = dg.RetryPolicy(max_retries=2, delay=10, backoff=dg.Backoff.EXPONENTIAL)


class Source(dg.Config):
    """Parameters of a run.

    variant: of the sample data; `base` for any other source.
    until: last day of the rows, such as 2026-05-31; `now` for all of them.
    """

    variant: str = "base"
    until: str = "now"


class RunFolder(dg.ConfigurableResource[None]):
    """Output folder of a run: `root`, or a new folder in `artifacts.root`."""

    root: str | None = None

    def paths(self, model: str, run: dg.DagsterRun) -> RunPaths:
        """Return the URIs of all files of a run. A re-execution has the folder of the first run."""
        name = run.root_run_id or run.run_id
        return RunPaths(self.root or f"{load_settings().artifacts.root}/{model}/{name}")


def call(step: Callable[..., dict[str, Any]], *inputs: str) -> dict[str, Any]:
    """Call a step. Invalid input fails without a retry, because a retry would fail too."""
    try:
        return step(*inputs)
    except UserError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def own(uri: str, latest: str) -> str:
    """Return the file of this run; the latest one if this run does not make it.

    Dagster keeps one value per asset, and another run can have replaced it in the meantime.
    """
    return uri if artifacts.exists(uri) else latest


def broken_contract(model: str, run: RunPaths) -> DataContractError | None:
    """Return the error of the check that failed in a run; None if none of them did."""
    for step, report in (("validate", run.validation),):
        found = artifacts.read_json(report) if artifacts.exists(report) else {}
        if failures := found.get("failures"):
            error = DataContractError(
                f"the data breaks the contract of {model}, see {report}", failures
            )
            note_step(error, step)
            return error
    return None


def value(uri: str, found: dict[str, Any]) -> dg.Output[str]:
    """Return the URI of an asset, with the result of its step as metadata."""
    return dg.Output(uri, metadata={"uri": uri, **found})


def training_assets(
    name: str,
) -> tuple[list[dg.AssetsDefinition], list[dg.AssetChecksDefinition]]:
    """Create the assets of one model, and the checks between them."""
    folder = models.load(name).folder
    common: dict[str, Any] = {"group_name": folder, "retry_policy": RETRY}

    def inputs(*assets: str) -> dict[str, dg.AssetIn]:
        return {asset: dg.AssetIn(key=[folder, asset]) for asset in assets}

    def outputs(*assets: str) -> dict[str, dg.AssetOut]:
        return {asset: dg.AssetOut(key=[folder, asset]) for asset in assets}

    @dg.asset(key_prefix=folder, kinds={"parquet"}, **common)
    def data(
        context: dg.AssetExecutionContext, config: Source, run_folder: RunFolder
    ) -> dg.Output[str]:
        """All rows, as read from the source."""
        run = run_folder.paths(name, context.run)
        found = call(ingest, name, run.data, config.variant, config.until)
        return value(run.data, found)

    @dg.asset_check(asset=data, name="contract", blocking=True)
    def contract(
        context: dg.AssetCheckExecutionContext, run_folder: RunFolder, data: str
    ) -> dg.AssetCheckResult:
        """A check that every row meets the data contract."""
        run = run_folder.paths(name, context.run)
        try:
            found = validate(name, own(run.data, data), run.validation)
        except DataContractError as error:
            return dg.AssetCheckResult(
                passed=False, description=str(error), metadata={"failures": error.failures}
            )
        return dg.AssetCheckResult(passed=True, metadata=found)

    @dg.multi_asset(
        name=f"{folder}__split",
        ins=inputs("data"),
        outs=outputs("train_rows", "test_rows"),
        **common,
    )
    def split_assets(
        context: dg.AssetExecutionContext, run_folder: RunFolder, data: str
    ) -> tuple[dg.Output[str], dg.Output[str]]:
        """The training rows and the test rows; the newest rows are the test set."""
        run = run_folder.paths(name, context.run)
        found = call(split, name, own(run.data, data), run.train, run.test)
        return value(run.train, found), value(run.test, found)

    @dg.multi_asset(
        name=f"{folder}__train",
        ins=inputs("train_rows"),
        outs=outputs("model", "train_metrics"),
        **common,
    )
    def train_assets(
        context: dg.AssetExecutionContext, run_folder: RunFolder, train_rows: str
    ) -> tuple[dg.Output[str], dg.Output[str]]:
        """The fitted model, and its metrics on the training rows."""
        run = run_folder.paths(name, context.run)
        found = call(train, name, own(run.train, train_rows), run.model, run.train_metrics)
        return value(run.model, found), value(run.train_metrics, found)

    @dg.asset(key_prefix=folder, ins=inputs("model", "train_rows", "test_rows"), **common)
    def package(
        context: dg.AssetExecutionContext,
        run_folder: RunFolder,
        model: str,
        train_rows: str,
        test_rows: str,
    ) -> dg.Output[str]:
        """The package that is registered and served."""
        run = run_folder.paths(name, context.run)
        found = call(
            export,
            name,
            own(run.model, model),
            own(run.train, train_rows),
            own(run.test, test_rows),
            run.package,
        )
        return value(run.package, found)

    @dg.asset(key_prefix=folder, ins=inputs("package", "train_rows", "test_rows"), **common)
    def metrics(
        context: dg.AssetExecutionContext,
        run_folder: RunFolder,
        package: str,
        train_rows: str,
        test_rows: str,
    ) -> dg.Output[str]:
        """Metrics of the package, of the champion and of simple predictions on the test rows."""
        run = run_folder.paths(name, context.run)
        found = call(
            evaluate,
            name,
            own(run.package, package),
            own(run.train, train_rows),
            own(run.test, test_rows),
            run.metrics,
        )
        return value(run.metrics, found)

    @dg.asset(
        key_prefix=folder, ins=inputs("package", "data", "train_metrics", "metrics"), **common
    )
    def version(
        context: dg.AssetExecutionContext,
        run_folder: RunFolder,
        package: str,
        data: str,
        train_metrics: str,
        metrics: str,
    ) -> dg.Output[str]:
        """The version in the registry, with its run in the tracker."""
        run = run_folder.paths(name, context.run)
        found = call(
            register,
            name,
            own(run.package, package),
            own(run.data, data),
            own(run.train_metrics, train_metrics),
            own(run.metrics, metrics),
            run.lineage,
            run.version,
        )
        return value(run.version, found)

    @dg.multi_asset(
        name=f"{folder}__gate",
        ins=inputs("metrics", "version"),
        outs={
            **outputs("decision"),
            # Only for a version that passes; otherwise the assets after it are skipped.
            "approval": dg.AssetOut(key=[folder, "approval"], is_required=False),
        },
        check_specs=[dg.AssetCheckSpec("accepted", asset=[folder, "decision"])],
        **common,
    )
    def gate_assets(
        context: dg.AssetExecutionContext, run_folder: RunFolder, metrics: str, version: str
    ) -> Iterator[dg.Output[str] | dg.AssetCheckResult]:
        """The decision of the promotion gate."""
        run = run_folder.paths(name, context.run)
        found = call(gate, name, own(run.metrics, metrics), own(run.version, version), run.decision)
        shown = {"accepted": found["accepted"], "refused": found["refused"]}
        yield dg.Output(run.decision, output_name="decision", metadata=shown)
        # A refusal is a result: the check warns, and the run succeeds.
        yield dg.AssetCheckResult(
            passed=found["accepted"],
            check_name="accepted",
            asset_key=[folder, "decision"],
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"refused": found["refused"]},
        )
        if found["accepted"]:
            yield dg.Output(run.decision, output_name="approval")

    @dg.asset(key_prefix=folder, ins=inputs("approval"), **common)
    def champion(
        context: dg.AssetExecutionContext, run_folder: RunFolder, approval: str
    ) -> dg.Output[str]:
        """The version that is served."""
        run = run_folder.paths(name, context.run)
        found = call(promote, name, own(run.decision, approval), run.promotion)
        return value(run.promotion, found)

    assets = [data, split_assets, train_assets, package, metrics, version, gate_assets, champion]
    return assets, [contract]
