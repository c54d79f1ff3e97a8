"""Policies of IAM for the people who run Terraform: `make infra-policies ENV=<env>`.

`infra/policies/*.json` say what each may do. Here the names of the environment are put in, and what
is longer than IAM takes in one policy is cut between statements.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

from .errors import SettingsError, UserError
from .settings import Settings, load_settings

# Of a managed policy, white space not counted:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_CHARACTERS = 6144
KINDS = ("bootstrap", "apply")

Statement = dict[str, Any]


def statements(settings: Settings, path: str) -> list[Statement]:
    """Read the statements of a policy for one environment.

    Raises SettingsError, naming it, for a setting that is missing.
    """
    text = (settings.root / path).read_text(encoding="utf-8")
    names = {key: str(settings.value("aws", key)) for key in ("account", "name", "region")}
    found: list[Statement] = json.loads(Template(text).substitute(names))["Statement"]
    return found


def documents(all_statements: list[Statement]) -> list[str]:
    """Write statements as policies that IAM takes, in their order.

    Raises UserError for a statement that is too long alone.
    """
    parts: list[list[Statement]] = [[]]
    for statement in all_statements:
        if parts[-1] and len(_document([*parts[-1], statement])) > MOST_CHARACTERS:
            parts.append([])
        parts[-1].append(statement)
    written = [_document(part) for part in parts]
    for text in written:
        if len(text) > MOST_CHARACTERS:
            raise UserError(f"a statement is longer than the {MOST_CHARACTERS} characters of IAM")
    return written


def _document(part: list[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": part}, separators=(",", ":"))


def write(settings: Settings) -> list[Path]:
    """Write the policies of an environment below `.mlops/policies` and return their files."""
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
    """Write the policies and print their files. Exits with 1 if a setting is missing."""
    try:
        settings = load_settings()
        for file in write(settings):
            print(file.relative_to(settings.root))
    except (SettingsError, UserError) as error:
        raise SystemExit(f"policies: {error}") from None


if __name__ == "__main__":
    main()
