"""Notices of failed runs, sent to the webhook in NOTICE_WEBHOOK_URL.

The body is JSON in the format of an incoming webhook of Slack, which Mattermost, Rocket.Chat and
other chat services accept too. A notice never hides the error that it reports: a webhook that
cannot be reached is an event in the log, and sending ends after some seconds in any case.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import secret_store
from .events import emit
from .settings import load_settings
from .step_notes import step_of
from .strict_json import dumps

WEBHOOK = "NOTICE_WEBHOOK_URL"
# All of it: reading the secret, looking up the host, the answer.
SECONDS = 10.0
# Characters of an error that a notice shows.
LONGEST = 500


@dataclass(frozen=True)
class Failure:
    """A failed run of a pipeline. message: its first error. run: its ID or its folder.

    link: address of a page about the run.
    """

    pipeline: str
    message: str
    model: str | None = None
    step: str | None = None
    run: str | None = None
    link: str | None = None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Reports a redirect as an error: urllib would follow it with a GET, without the notice."""

    def redirect_request(self, *_: Any) -> None:
        return None


def send(failure: Failure) -> bool:
    """Send a notice; return whether the webhook accepted it.

    Without a webhook, nothing is sent. No error is raised: the event `notice` has the reason.
    """
    found: list[str | None] = []
    sending = threading.Thread(target=lambda: found.append(_sent(failure)), daemon=True)
    sending.start()
    sending.join(SECONDS)
    problem = found[0] if found else f"the webhook does not answer within {SECONDS:g} s"
    if problem == _UNSET:
        return False
    status = "ok" if problem is None else "failed"
    emit("notice", status=status, pipeline=failure.pipeline, run=failure.run, error=problem)
    return problem is None


@contextlib.contextmanager
def on_failure(pipeline: str, model: str, run: str) -> Iterator[None]:
    """Send a notice if the block raises an error; the error continues. Ctrl-C is no failure."""
    try:
        yield
    except Exception as error:
        message = str(error) or type(error).__name__
        send(Failure(pipeline, message, model=model, step=step_of(error), run=run))
        raise


def body(failure: Failure, environment: str) -> dict[str, Any]:
    """Return the notice as JSON-serializable values."""
    what = failure.pipeline if failure.model is None else f"{failure.pipeline} of {failure.model}"
    title = f"{what} failed in {environment}"
    message = failure.message.strip()
    if len(message) > LONGEST:
        message = f"{message[:LONGEST]} …"
    fields = {"step": failure.step, "run": failure.run, "environment": environment}
    attachment = {
        "color": "danger",
        "fallback": _escaped(title),
        "text": _escaped(message),
        "fields": [
            {"title": name, "value": _escaped(text), "short": name != "run"}
            for name, text in fields.items()
            if text is not None
        ],
    }
    if failure.link is not None:
        attachment |= {"title": "Open the run", "title_link": failure.link}
    return {"text": _escaped(title), "attachments": [attachment]}


_UNSET = "no webhook"


def _sent(failure: Failure) -> str | None:
    """Return why a notice was not sent, without the address of the webhook, which is secret."""
    try:
        settings = load_settings()
        url = secret_store.read_secret(WEBHOOK, settings)
        if url is None:
            return _UNSET
        if not url.startswith(("https://", "http://")):
            return f"{WEBHOOK} is not an address that begins with https://"
        content = dumps(body(failure, settings.env)).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, content, headers)
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=SECONDS):
            return None
    except urllib.error.HTTPError as error:
        with error:
            return f"the webhook answered {error.code} {error.reason}"
    except urllib.error.URLError as error:
        return f"the webhook cannot be reached: {error.reason}"
    except (OSError, http.client.HTTPException) as error:
        return f"the webhook cannot be reached: {type(error).__name__}"
    except Exception as error:
        return f"the notice could not be made: {type(error).__name__}"


def _escaped(text: str) -> str:
    """Escape the characters of mentions and links, such as `<!channel>`."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def main() -> None:
    """Send a notice of a failed run; exit with 0 also if it cannot be sent."""
    parser = argparse.ArgumentParser(prog="notices", description=main.__doc__)
    parser.add_argument("--pipeline", default="training", help="name of the pipeline")
    parser.add_argument("--model", help="name of the model")
    parser.add_argument("--step", help="step that failed")
    parser.add_argument("--run", help="ID or folder of the run")
    parser.add_argument("--link", metavar="URL", help="address of a page about the run")
    parser.add_argument("--message", required=True, help="the error")
    given = {name: text or None for name, text in vars(parser.parse_args()).items()}
    pipeline, message = given.pop("pipeline"), given.pop("message")
    failure = Failure(pipeline or "training", message or "unknown error", **given)
    print("sent" if send(failure) else f"not sent: see the events, and {WEBHOOK}")


if __name__ == "__main__":
    main()
