"""The operator that runs a step as a process, and what it shares with that of pods."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Sequence
from typing import Any

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowException

from .project import command, environment, home, result

# Lines of the output of a step that are kept: the last one is its result, or its error.
LAST_LINES = 20


def failure(step: str, lines: Sequence[str], code: int) -> str:
    """Return the error of a step that failed, with its name.

    A step that fails prints its error last: a sentence, or the end of a traceback.
    """
    error = lines[-1] if lines else f"exit code {code}"
    prefix = f"{step}: "
    return error if error.startswith(prefix) else f"{prefix}{error}"


def record(context: Any, uris: dict[str, str]) -> None:
    """Give each asset of a task the URI of its file as metadata."""
    for name, uri in uris.items():
        context["outlet_events"][Asset(name)].extra = {"uri": uri}


class StepOperator(BaseOperator):
    """Run a step as a command in the project's interpreter; return its result.

    step: module in `steps/`. arguments: its flags and values, with templates. A timeout, or a user
    who stops the task, ends the process of the step with its children. Each asset of `outlets`
    gets the URI of the file as metadata, from `uris`.
    """

    template_fields: Sequence[str] = ("arguments", "uris")

    def __init__(
        self,
        *,
        step: str,
        arguments: Sequence[str],
        uris: dict[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(outlets=[Asset(name) for name in uris or {}], **options)
        self.step = step
        self.arguments = list(arguments)
        self.uris = uris or {}
        self.process: subprocess.Popen[str] | None = None

    def execute(self, context: Any) -> dict[str, Any]:
        """Run the command. Its output is the log of the task."""
        try:
            return self._run(context)
        except BaseException:
            # The step has a session of its own, which Ctrl-C does not reach.
            self.on_kill()
            raise

    def _run(self, context: Any) -> dict[str, Any]:
        self.process = subprocess.Popen(
            command(f"steps.{self.step}", *self.arguments),
            cwd=home(),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        lines: deque[str] = deque(maxlen=LAST_LINES)
        for line in self.process.stdout or ():
            print(line, end="", flush=True)
            if line.strip():
                lines.append(line.rstrip())
        if code := self.process.wait():
            message = failure(self.step, lines, code)
            context["ti"].xcom_push(key="error", value=message)
            raise AirflowException(message)
        record(context, self.uris)
        return result(lines[-1]) if lines else {}

    def on_kill(self) -> None:
        """End the step: Airflow calls this at a timeout and if a user stops the task."""
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
