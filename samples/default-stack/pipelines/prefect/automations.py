"""Automations of the server, for runs whose process can no longer report its end.

The hook of the flow sends the notice of a failed run. If the process was killed, no hook runs: the
server then misses the heartbeat of the run, marks it as crashed and calls the webhook itself.
"""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

from prefect.automations import Automation
from prefect.blocks.webhook import Webhook
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CallWebhook, ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from pydantic import SecretStr

from default_stack.platform.notices import Failure, body
from default_stack.platform.settings import load_settings

BLOCK = "training-notices"
# Three heartbeats, at the frequency of prefect.toml.
SILENCE = timedelta(seconds=90)
HEARTBEAT = "prefect.flow-run.heartbeat"
ENDS = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Crashed", "Cancelled")}
RUNS: dict[str, str | list[str]] = {"prefect.resource.id": "prefect.flow-run.*"}


def silent_runs() -> Automation:
    """Return the automation that marks a run without heartbeats as crashed."""
    return Automation(
        name="training: runs without heartbeats have crashed",
        trigger=EventTrigger(
            after={HEARTBEAT},
            expect={HEARTBEAT, *ENDS},
            match=RUNS,
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name="Crashed",
                force=False,
                message="the run sends no heartbeats: its process was killed, or has no network",
            )
        ],
    )


def crash_notice(webhook: UUID) -> Automation:
    """Return the automation that sends a notice of a crashed run to a saved webhook."""
    # The server fills in the run.
    failure = Failure("training", "{{ flow_run.state.message }}", run="{{ flow_run.name }}")
    return Automation(
        name="training: notice of a crashed run",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Crashed"},
            match=RUNS,
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
        ),
        actions=[
            CallWebhook(
                block_document_id=webhook,
                payload=json.dumps(body(failure, load_settings().env), allow_nan=False),
            )
        ],
    )


async def save(webhook: str | None) -> None:
    """Save the automations on the server; without a webhook, only the one without a notice."""
    wanted = [silent_runs()]
    if webhook is not None:
        block = Webhook(method="POST", url=SecretStr(webhook))
        wanted.append(crash_notice(await block.asave(BLOCK, overwrite=True)))
    for automation in wanted:
        try:
            known = await Automation.aread(name=automation.name)
        except ValueError:
            await automation.acreate()
            continue
        automation.id = known.id
        await automation.aupdate()
