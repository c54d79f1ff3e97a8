"""Run DAGs in this process, with Airflow's interpreter: `dag.test()` without a scheduler.

Each line of standard input is a request, and each line written to the file descriptor in the first
argument is its answer, both in JSON. The process ends when its input ends, also in the middle of a
run: it then ends the step that runs. `run.py` starts it.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil

STEP_SECONDS = 2


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Run a DAG once; return the state of the run and of its tasks, and the errors of tasks."""
    migrate()
    bag = dag_bag()
    dag = bag.dags.get(request["dag_id"])
    if dag is None:
        return {"state": "missing", "errors": bag.import_errors, "tasks": []}
    started = datetime.now(UTC)
    day = request.get("logical_date")
    when = {"logical_date": datetime.fromisoformat(day)} if day else {}
    done = dag.test(run_conf=request["conf"], **when)
    never = datetime.max.replace(tzinfo=UTC)
    tasks = sorted(done.get_task_instances(), key=lambda ti: ti.start_date or never)
    errors = {
        ti.task_id: ti.xcom_pull(task_ids=ti.task_id, key="error")
        or f"{ti.task_id} failed, see its notice"
        for ti in tasks
        if ti.state == "failed"
    }
    return {
        "triggered": triggered(started),
        "run_id": done.run_id,
        "state": str(done.state),
        "errors": errors,
        "tasks": [
            {"task": ti.task_id, "state": str(ti.state), "attempt": ti.try_number} for ti in tasks
        ],
    }


def triggered(since: datetime) -> list[str]:
    """Return the DAGs of the runs that other runs have requested. No scheduler starts them here."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        rows = select(DagRun.dag_id).where(DagRun.queued_at >= since, DagRun.state == "queued")
        return sorted(session.scalars(rows))


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """Return the errors of DAG files, and the tasks of each DAG.

    Arguments of steps, and pods, are those of a run in the folder `run_dir`.
    """
    bag = dag_bag()
    return {
        "errors": {str(path): str(error) for path, error in bag.import_errors.items()},
        "dags": {
            dag.dag_id: {
                "schedule": getattr(dag, "schedule", None),
                "params": sorted(dag.params),
                "tasks": {
                    task.task_id: {
                        "downstream": sorted(task.downstream_task_ids),
                        "retries": task.retries,
                        "retry_delay": seconds(task.retry_delay),
                        "backoff": task.retry_exponential_backoff,
                        "timeout": seconds(task.execution_timeout),
                        "notifies": bool(task.on_failure_callback),
                        "assets": [asset.name for asset in task.outlets],
                        **command(task, request["run_dir"]),
                    }
                    for task in dag.tasks
                },
            }
            for dag in bag.dags.values()
        },
    }


def command(task: Any, run_dir: str) -> dict[str, Any]:
    """Return the arguments of a step, and the manifest of its pod if it runs as one."""
    if not hasattr(task, "uris"):
        return {}
    params = {"until": "now", **task.dag.params.dump()}
    ti = SimpleNamespace(xcom_pull=lambda task_ids: run_dir)
    run = SimpleNamespace(run_type="manual")
    task.render_template_fields({"ti": ti, "dag_run": run, "params": params})
    found: dict[str, Any] = {"arguments": task.arguments}
    if hasattr(task, "build_pod_request_obj"):
        from kubernetes.client import ApiClient

        pod = task.build_pod_request_obj(dry_run=True)
        found["pod"] = ApiClient().sanitize_for_serialization(pod)
    return found


@cache
def migrate() -> None:
    """Create the database, or bring it to this version of Airflow."""
    from airflow.utils.db import initdb

    initdb()


def seconds(time: timedelta | None) -> float | None:
    """Return a duration in seconds."""
    return None if time is None else time.total_seconds()


def dag_bag() -> Any:
    """Load the DAG files of the only bundle, whose folder is then on the path of imports."""
    from airflow.configuration import conf
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = Path(conf.get("core", "dags_folder"))
    return BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")


def main() -> None:
    """Answer requests until the input ends."""
    answers = os.fdopen(int(sys.argv[1]), "w", buffering=1, encoding="utf-8")
    # What tasks print belongs to the log of this process.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    from airflow import settings

    settings.initialize()
    requests: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    while (line := requests.get()) is not None:
        request = json.loads(line)
        for name in [name for name in os.environ if not name.startswith("AIRFLOW")]:
            del os.environ[name]
        os.environ.update(request["environment"])
        answer = {"run": run, "describe": describe}[request["what"]](request)
        answers.write(json.dumps(answer, default=str, allow_nan=False) + "\n")
        requests.task_done()


def _read(requests: queue.Queue[str | None]) -> None:
    for line in sys.stdin:
        requests.put(line)
    if requests.unfinished_tasks:
        # The run would repeat a step that fails, so this process has to end at once, and the step
        # without a message: the command that started the run has one.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        children = psutil.Process().children(recursive=True)
        for child in children:
            child.terminate()
        for child in psutil.wait_procs(children, timeout=STEP_SECONDS)[1]:
            child.kill()
        os._exit(1)
    requests.put(None)


if __name__ == "__main__":
    main()
