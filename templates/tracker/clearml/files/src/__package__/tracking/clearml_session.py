"""The client of ClearML, in a process of its own.

The client replaces `sys.exit`, signal handlers and the exception hook of its process, and stays
offline or online until the process ends. `tracking.clearml` starts this module for each action:

    python -m <package>.tracking.clearml_session record|upload|read

It reads a JSON object from standard input, and writes one to standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from ..platform.strict_json import dumps
from .values import lines_of

PARAMS = "General"
TAGS = "Tags"
RUN = "Run"
CONFIG = """\
sdk {
  development {
    default_output_uri: ""
    report_use_subprocess: false
    store_uncommitted_code_diff: false
    support_stopping: false
    task_reuse_time_window_in_hours: 0
    worker { log_stdout: false }
  }
}
"""


def record(given: dict[str, Any]) -> dict[str, Any]:
    """Write a run as an offline session; return the path of its archive.

    given: id, project, name, status, params, tags, metrics as [name, value, step], tables, and
    artifacts as name -> path.
    """
    from clearml import Task

    Task.set_offline(offline_mode=True)
    task: Any = Task.init(
        project_name=given["project"],
        task_name=given["name"],
        tags=given["labels"],
        reuse_last_task_id=False,
        auto_connect_arg_parser=False,
        auto_connect_frameworks=False,
        auto_connect_streams=False,
        auto_resource_monitoring=False,
    )
    # The client waits this long for its own thread before it closes a task; 5 by default.
    with contextlib.suppress(AttributeError):
        task._reporter._report_service._wait_timeout = 0.1
    values = {f"{PARAMS}/{name}": value for name, value in given["params"].items()}
    values |= {f"{TAGS}/{name}": value for name, value in given["tags"].items()}
    task.set_parameters({**values, f"{RUN}/id": given["id"], f"{RUN}/status": given["status"]})
    logger = task.get_logger()
    for name, value, step in given["metrics"]:
        # An undefined value, for which the client would report 0.
        if value is not None:
            logger.report_scalar(name, name, value, step)
    for table in given["tables"]:
        _table(logger, table)
    for name, path in given["artifacts"].items():
        if not task.upload_artifact(name, Path(path), wait_on_upload=True):
            raise RuntimeError(f"the artifact {name} was not stored")
    folder = task.get_offline_mode_folder()
    task.close()
    return {"archive": f"{folder}.zip"}


def _table(logger: Any, table: dict[str, Any]) -> None:
    """Report a table, and a plot of it."""
    title, header, rows = table["title"], table["header"], table["rows"]
    plot = table.get("plot")
    logger.report_table(title, "table", iteration=0, table_plot=[header, *rows])
    if plot == "confusion":
        names = [str(row[0]) for row in rows]
        logger.report_confusion_matrix(
            title,
            "plot",
            matrix=[row[1:] for row in rows],
            iteration=0,
            xaxis="label",
            yaxis="class",
            xlabels=names,
            ylabels=names,
        )
    elif plot == "calibration":
        points = [row[-2:] for row in rows]
        axes = {"xaxis": header[-2], "yaxis": header[-1]}
        logger.report_scatter2d(
            title, "plot", scatter=points, iteration=0, mode="lines+markers", **axes
        )
    elif plot == "bars":
        logger.report_histogram(
            title,
            "plot",
            values=[row[1] for row in rows],
            iteration=0,
            xlabels=[str(row[0]) for row in rows],
            yaxis=header[1],
        )
    elif plot == "lines":
        # The only call that draws several lines in one plot. It takes what Plotly draws.
        drawn = [
            {"type": "scatter", "mode": "lines", "name": line, "x": xs, "y": ys}
            for line, (xs, ys) in lines_of(table).items()
        ]
        layout = {"xaxis": {"title": header[1]}, "yaxis": {"title": header[2]}, "showlegend": True}
        figure = {"data": drawn, "layout": layout}
        logger.report_plotly(title, "plot", figure=figure, iteration=0)


def upload(given: dict[str, Any]) -> dict[str, Any]:
    """Upload an archive, unless the server has the run; return the URL of the task."""
    from clearml import Task

    known = _find(given)
    # An interrupted upload leaves a task that is not completed.
    if known is not None and str(known.get_status()) == "completed":
        return {"url": known.get_output_log_web_page()}
    if known is not None:
        known.delete(delete_artifacts_and_models=False, raise_on_error=True)
    task: Any = Task.get_task(task_id=Task.import_offline_session(given["archive"]))
    for name, artifact in task.artifacts.items():
        if not str(artifact.url).startswith(("http://", "https://", "s3://", "gs://", "azure://")):
            raise RuntimeError(f"the artifact {name} was not uploaded")
    return {"url": task.get_output_log_web_page()}


def read(given: dict[str, Any]) -> dict[str, Any]:
    """Read a run from the server; return `params`, `tags` and `metrics`, or {} if it has none."""
    task = _find(given)
    if task is None:
        return {}
    values = task.get_parameters()
    metrics = {
        name: found["last"]
        for series in task.get_last_scalar_metrics().values()
        for name, found in series.items()
    }
    return {
        "params": _section(values, PARAMS),
        "tags": _section(values, TAGS),
        "metrics": metrics,
    }


def _find(given: dict[str, Any]) -> Any:
    from clearml import Task

    found: Any = Task.get_tasks(tags=[given["id"]], allow_archived=False)
    return found[0] if found else None


def _section(values: dict[str, Any], section: str) -> dict[str, str]:
    prefix = f"{section}/"
    return {k.removeprefix(prefix): str(v) for k, v in values.items() if k.startswith(prefix)}


def main() -> None:
    """Run one action."""
    given = json.load(sys.stdin)
    folder = Path(given["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "clearml.conf"
    config.write_text(CONFIG, encoding="utf-8")
    # The configuration in the home folder has no effect on this project.
    os.environ["CLEARML_CONFIG_FILE"] = str(config)
    os.environ["CLEARML_CACHE_DIR"] = str(folder)
    os.environ.setdefault("CLEARML_LOG_LEVEL", "ERROR")
    os.environ["CLEARML_SKIP_PIP_FREEZE"] = "1"
    # The client prints to standard output, which has the result.
    with contextlib.redirect_stdout(sys.stderr):
        from clearml.config.cache import SessionCache

        # Otherwise it is in the home folder.
        SessionCache.SESSION_CACHE_FOLDER = str(folder)
        result = {"record": record, "upload": upload, "read": read}[sys.argv[1]](given)
    print(dumps(result), flush=True)


if __name__ == "__main__":
    main()
