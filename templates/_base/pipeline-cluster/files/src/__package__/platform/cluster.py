"""The Kubernetes cluster that runs the pipelines of an environment, reached through kubectl.

Every call names the context and the namespace of the settings. The current context of kubectl is
never used, because it can belong to another environment.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .errors import UserError
from .settings import load_settings
from .strict_json import dumps

SECONDS = 60
KUBECTL = "kubectl"


@dataclass(frozen=True)
class PipelineCluster:
    """A context and a namespace of kubectl, and the image of the steps."""

    context: str
    namespace: str
    image: str

    @classmethod
    def of_environment(cls) -> PipelineCluster:
        """Read the settings. Raises UserError for `local`, and SettingsError if one is missing."""
        settings = load_settings()
        if settings.env == "local":
            raise UserError("'local' has no cluster: set another ENV, or train with make pipeline")
        keys = ("context", "namespace", "image")
        return cls(*(str(settings.value("cluster", key)) for key in keys))

    def apply(self, objects: Iterable[object]) -> str:
        """Create or change objects; return what kubectl prints."""
        return self._send("apply", objects)

    def create(self, item: object) -> str:
        """Create an object, whose name can be generated; return its kind and name."""
        return self._send("create", [item], "--output=name").strip()

    def _send(self, verb: str, objects: Iterable[object], *flags: str) -> str:
        listed: dict[str, Any] = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        return self.kubectl(verb, *flags, "--filename=-", content=dumps(listed))

    def kubectl(self, *words: str, content: str = "") -> str:
        """Run kubectl in the namespace; return its output. `content` is its input.

        Raises UserError with the message of kubectl, or if it is not installed or hangs.
        """
        command = [KUBECTL, f"--context={self.context}", f"--namespace={self.namespace}", *words]
        try:
            done = subprocess.run(
                command, input=content, capture_output=True, text=True, timeout=SECONDS
            )
        except FileNotFoundError:
            url = "https://kubernetes.io/docs/tasks/tools/"
            raise UserError(f"{KUBECTL} is not installed: install it from {url}") from None
        except subprocess.TimeoutExpired:
            raise UserError(
                f"{KUBECTL} did not finish within {SECONDS} s: can this machine reach the cluster "
                f"of the context {self.context}?"
            ) from None
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            raise UserError(f"{KUBECTL} {words[0]} failed with the context {self.context}: {said}")
        return done.stdout


def shared_root(root: str) -> str:
    """Return the URI of a folder that pods can reach.

    Raises UserError for a relative path, which is a folder of this machine.
    """
    if "://" in root or root.startswith("/"):
        return root.rstrip("/")
    raise UserError(
        f"artifacts.root of this environment is {root}, a folder of this machine: set it to a URI "
        "of an object store, or to the path of a volume that all pods mount"
    )


def object_name(name: str, longest: int = 63) -> str:
    """Return a name of a Kubernetes object; a name that is too long ends with a hash instead."""
    plain = name.lower().replace("_", "-")
    if len(plain) <= longest:
        return plain
    return f"{plain[: longest - 9].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
