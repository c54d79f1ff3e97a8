"""Check whether the AWS account of an environment is ready: `make doctor ENV=<env>`. Read-only.

Each check is one line of `config/doctor.yaml`:

    identity                            the credentials work and belong to `aws.account`
    region                              the region `aws.region` is enabled in the account
    state                               the bucket for the Terraform state exists
    quota <service> <code> <at least>   the quota is high enough
    vpcs <at least>                     the VPC quota allows this many more networks
    provider <issuer>                   `ci.identity_provider` is `existing` if the account has the
                                        identity provider of another environment or repository
    permissions <file>                  the caller has the permissions in a file of infra/policies;
                                        statements with a condition are skipped
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from botocore.session import Session

from . import policies
from .errors import SettingsError
from .settings import Settings

# Upper limits for one check, for any state of the network.
CONNECT_SECONDS = 3
READ_SECONDS = 7
VPC_QUOTA = "L-F678F1CE"

Client = Callable[[str], Any]


def connect(region: str) -> Client:
    """Return a factory of clients with short timeouts and the credentials of the AWS SDK."""
    session = Session()
    config = Config(
        region_name=region,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1},
    )
    return lambda service: session.create_client(service, config=config)


class Account:
    """The account of one environment. `client` creates a client for a service name."""

    def __init__(self, settings: Settings, client: Client | None = None) -> None:
        """Store the settings; send no request."""
        self._settings = settings
        self._client = client
        # The reason to skip all other checks, set by a failure that affects all of them.
        self._stop = ""
        self._caller = ""

    def look(self, question: str) -> tuple[str, str]:
        """Run one check. Return the problem and the reason for skipping; either can be empty."""
        if self._stop:
            return "", self._stop
        word, *rest = question.split()
        try:
            if self._client is None:
                self._client = connect(str(self._value("region")))
            return getattr(self, f"_{word}")(*rest), ""
        except SettingsError as error:
            return self._stopped(str(error), "the settings are not complete")
        except (ConnectionError, HTTPClientError) as error:
            return self._stopped(f"AWS does not answer: {error}", "AWS does not answer")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if word == "identity":
                return self._stopped(f"AWS refuses these credentials: {code}", "not signed in")
            return "", f"the caller has no permission for {error.operation_name} ({code})"
        except BotoCoreError as error:
            return self._stopped(f"no valid credentials: {error}", "not signed in")

    def _stopped(self, problem: str, why: str) -> tuple[str, str]:
        self._stop = f"not checked: {why}"
        return problem, ""

    def _value(self, key: str) -> Any:
        return self._settings.value("aws", key)

    def _ask(self, service: str, call: str, **arguments: Any) -> Any:
        if self._client is None:
            raise RuntimeError("call look() first: the client does not exist yet")
        return getattr(self._client(service), call)(**arguments)

    def _identity(self) -> str:
        wanted = str(self._value("account"))
        found = self._ask("sts", "get_caller_identity")
        self._caller = found["Arn"]
        if found["Account"] == wanted:
            return ""
        self._stop = "not checked: signed in to another account"
        return f"signed in to {found['Account']} as {found['Arn']}, but aws.account is {wanted}"

    def _region(self) -> str:
        name = str(self._value("region"))
        found = self._ask("ec2", "describe_regions", RegionNames=[name], AllRegions=True)
        state = found["Regions"][0]["OptInStatus"]
        return "" if state != "not-opted-in" else f"the region {name} is not enabled in the account"

    def _state(self) -> str:
        name = str(self._value("state_bucket"))
        try:
            self._ask("s3", "head_bucket", Bucket=name)
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if code == "404":
                return f"the bucket {name} does not exist"
            if code == "403":
                return f"access to the bucket {name} is denied, or another account owns it"
            raise
        return ""

    def _quota(self, service: str, code: str, least: str) -> str:
        found = self._limit(service, code)
        return "" if found >= float(least) else f"the quota {found:g} is below {least}"

    def _vpcs(self, least: str) -> str:
        limit = self._limit("vpc", VPC_QUOTA)
        networks = self._ask("ec2", "describe_vpcs")["Vpcs"]
        names = {
            tag["Value"] for vpc in networks for tag in vpc.get("Tags", ()) if tag["Key"] == "stack"
        }
        if str(self._value("name")) in names or limit - len(networks) >= int(least):
            return ""
        return f"{len(networks)} of {limit:g} networks are in use; {least} more are needed"

    def _provider(self, issuer: str) -> str:
        if self._settings.value("ci", "identity_provider") != "create":
            return ""
        arn = f"arn:aws:iam::{self._value('account')}:oidc-provider/{issuer}"
        try:
            found = self._ask("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":
                return ""
            raise
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
        owner = tags.get("stack", "another owner")
        if owner == self._value("name"):
            return ""
        return f"the account already has the identity provider {issuer}, of {owner}"

    def _limit(self, service: str, code: str) -> float:
        found = self._ask(
            "service-quotas", "get_service_quota", ServiceCode=service, QuotaCode=code
        )
        return float(found["Quota"]["Value"])

    def _permissions(self, path: str) -> str:
        denied: list[str] = []
        principal = self._principal()
        for statement in policies.statements(self._settings, path):
            if "Condition" in statement:
                continue
            found = self._ask(
                "iam",
                "simulate_principal_policy",
                PolicySourceArn=principal,
                ActionNames=statement["Action"],
                ResourceArns=statement["Resource"],
                MaxItems=1000,
            )
            denied += [
                result["EvalActionName"]
                for result in found["EvaluationResults"]
                if result["EvalDecision"] != "allowed"
            ]
        if not denied:
            return ""
        names = sorted(set(denied))
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        return f"{principal} lacks permissions: {', '.join(names[:8])}{more}"

    def _principal(self) -> str:
        """Return the role of a session, because IAM simulates roles and users but not sessions."""
        kind, _, name = self._caller.partition(":assumed-role/")
        if not name:
            return kind
        return str(self._ask("iam", "get_role", RoleName=name.split("/")[0])["Role"]["Arn"])
