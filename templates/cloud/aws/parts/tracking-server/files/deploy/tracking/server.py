"""Run a command with the passwords that it needs from Secrets Manager.

AWS rotates the database password every week. This module writes it to PGPASSFILE, which libpq reads
for each new connection, and reads it again every minute, so that a rotation needs no restart.

At the first start, the administrator of the server gets a generated password. It is stored only in
the secret ADMIN_SECRET, where clients read it.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

REFRESH_SECONDS = 60
ADMIN = "admin"


def read_secret(client: Any, name: str) -> dict[str, str] | None:
    """Return the content of a secret, None if it was never set."""
    try:
        found: dict[str, str] = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    except client.exceptions.ResourceNotFoundException:
        return None
    return found


def write_password_file(path: Path, password: str) -> None:
    """Write the password for all databases for libpq, readable by this user only."""
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
    # Readers get either the old or the new file, never a partial one.
    new.replace(path)


def refresh(client: Any) -> None:
    """Write the current database password. Does nothing if no secret is configured."""
    name = os.environ.get("DATABASE_SECRET")
    if not name:
        return
    found = read_secret(client, name)
    if found is None:
        raise SystemExit(f"server: the secret {name} of the database is empty")
    write_password_file(Path(os.environ["PGPASSFILE"]), found["password"])


def admin(client: Any) -> dict[str, str]:
    """Return the variables for the administrator account; generate the password if none exists."""
    name = os.environ["ADMIN_SECRET"]
    found = read_secret(client, name)
    if found is None:
        found = {
            "username": ADMIN,
            "password": secrets.token_urlsafe(32),
            "key": secrets.token_urlsafe(32),
        }
        client.put_secret_value(SecretId=name, SecretString=json.dumps(found, allow_nan=False))
    return {
        "MLFLOW_AUTH_ADMIN_USERNAME": found["username"],
        "MLFLOW_AUTH_ADMIN_PASSWORD": found["password"],
        "MLFLOW_FLASK_SERVER_SECRET_KEY": found["key"],
    }


def main(command: Sequence[str]) -> int:
    """Run `command` until it ends or this process is signaled; return its exit code."""
    client = boto3.client("secretsmanager")
    refresh(client)
    server = subprocess.Popen(command, env={**os.environ, **admin(client)})
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    while True:
        try:
            return server.wait(timeout=REFRESH_SECONDS)
        except subprocess.TimeoutExpired:
            try:
                refresh(client)
            except (BotoCoreError, ClientError) as error:
                # Open connections continue; the next attempt is in one minute.
                print(f"server: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
