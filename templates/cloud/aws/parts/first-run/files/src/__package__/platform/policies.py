"""Write the IAM policies for the users who run Terraform: `make infra-policies ENV=<env>`.

`infra/policies/*.json` define the permissions. This module fills in the names of the environment
and splits a document that exceeds the size limit of an IAM policy between statements.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

from .errors import SettingsError, UserError
from .settings import Settings, load_settings

# Limit of a managed policy, without white space:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_CHARACTERS = 6144
KINDS = ("bootstrap", "apply")

Statement = dict[str, Any]


def statements(settings: Settings, path: str) -> list[Statement]:
    """Read the statements of a policy for one environment.

    Raises SettingsError, with the name of the setting, if a setting is missing.
    """
    text = (settings.root / path).read_text(encoding="utf-8")
    names = {key: str(settings.value("aws", key)) for key in ("account", "name", "region")}
    found: list[Statement] = json.loads(Template(text).substitute(names))["Statement"]
    return found


def documents(all_statements: list[Statement]) -> list[str]:
    """Split statements, in their order, into policies within the size limit of IAM.

    Raises UserError if a single statement exceeds the limit.
    """
    parts: list[list[Statement]] = [[]]
    for statement in all_statements:
        if parts[-1] and len(_document([*parts[-1], statement])) > MOST_CHARACTERS:
            parts.append([])
        parts[-1].append(statement)
    written = [_document(part) for part in parts]
    for text in written:
        if len(text) > MOST_CHARACTERS:
            raise UserError(f"a policy statement has more than {MOST_CHARACTERS} characters")
    return written


def _document(part: list[Statement]) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": part}, separators=(",", ":"), allow_nan=False
    )


def write(settings: Settings) -> list[Path]:
    """Write the policies of an environment to `.mlops/policies` and return their paths."""
    folder = settings.root / ".mlops" / "policies" / settings.env
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    files = []
    for kind in KINDS:
        texts = documents(statements(settings, f"infra/policies/{kind}.json"))
        for number, text in enumerate(texts, 1):
            files.append(folder / f"{kind}-{number}.json")
            files[-1].write_text(text + "\n", encoding="utf-8")
    return files


def main() -> None:
    """Write the policies and print their paths. Exits with 1 if a setting is missing."""
    try:
        settings = load_settings()
        for file in write(settings):
            print(file.relative_to(settings.root))
    except (SettingsError, UserError) as error:
        raise SystemExit(f"policies: {error}") from None


if __name__ == "__main__":
    main()
