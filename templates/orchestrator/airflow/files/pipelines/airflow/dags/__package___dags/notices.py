"""The notice about a task that failed after its last attempt."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from .project import setting

SECONDS = 10


def notify(context: Any) -> None:
    """Print the notice, and send it to `airflow.notice_url` if that is set.

    The notice is a JSON object with `text`, which most chat systems show. A server that does not
    answer does not hide the error of the task.
    """
    ti = context["ti"]
    what = {"dag": ti.dag_id, "run": ti.run_id, "task": ti.task_id, "attempt": ti.try_number}
    error = str(context.get("exception") or "it did not start")
    if not error.startswith(f"{ti.task_id}: "):
        error = f"{ti.task_id}: {error}"
    notice = {"event": "notice", "text": f"{ti.dag_id}: {error}", **what}
    print(json.dumps(notice), flush=True)
    url = setting("notice_url", None)
    if not url:
        return
    request = urllib.request.Request(
        url, json.dumps(notice).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            pass
    except OSError as problem:
        print(json.dumps({"event": "notice_failed", "error": str(problem)}), flush=True)
