"""The notice about a task that failed after its last attempt."""

from __future__ import annotations

import subprocess
from typing import Any

from airflow.configuration import conf

from .project import command, environment, home, uses_pods

SECONDS = 60


def notify(context: Any, *, pipeline: str, model: str) -> None:
    """Send the notice with the project's interpreter or image, which know the webhook.

    A notice that cannot be sent does not hide the error of the task.
    """
    ti = context["ti"]
    error = str(context.get("exception") or "it did not start").removeprefix(f"{ti.task_id}: ")
    words = {
        "pipeline": pipeline,
        "model": model,
        "step": ti.task_id,
        "run": context["params"].get("run_dir") or ti.run_id,
        "message": error,
    }
    # Without this address, Airflow does not know where its UI is.
    if conf.get("api", "base_url", fallback=""):
        words["link"] = ti.log_url
    flags = [f"--{name}={text}" for name, text in words.items()]
    try:
        if uses_pods():
            from .pods import run

            run("platform.notices", *flags)
        else:
            subprocess.run(
                command("platform.notices", *flags),
                cwd=home(),
                env=environment(),
                stdin=subprocess.DEVNULL,
                timeout=SECONDS,
            )
    except Exception as problem:
        print(f"the notice was not sent: {problem}", flush=True)
