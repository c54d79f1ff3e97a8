"""AWS on the loopback device, by moto, with what it lacks for the roots that we generate.

Usage: moto_server.py PORT [SECONDS]. Ends by itself after SECONDS.
"""

import json
import os
import sys
import threading

# AWS's own policies are there in every account; read when moto is imported.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto.budgets.responses import BudgetsResponse
from moto.core.responses import BaseResponse
from moto.route53.responses import Route53
from moto.s3.models import FakeBucket
from moto.server import main

LIFETIME = int(sys.argv[2]) if len(sys.argv) > 2 else 900

_permission = FakeBucket.get_permission


def _without_conditions(bucket, action, resource):
    """Judge by statements without a condition: moto takes each condition as met, TLS missing, too."""
    if bucket.policy is None:
        return _permission(bucket, action, resource)
    whole = bucket.policy
    policy = json.loads(whole)
    policy["Statement"] = [item for item in policy["Statement"] if "Condition" not in item]
    bucket.policy = json.dumps(policy).encode()
    try:
        return _permission(bucket, action, resource)
    finally:
        bucket.policy = whole


FakeBucket.get_permission = _without_conditions
_tags = {}


def _tag(self):
    _tags.setdefault(self._get_param("ResourceARN"), {}).update(
        {item["Key"]: item["Value"] for item in self._get_param("ResourceTags")}
    )
    return "{}"


def _list_tags(self):
    found = _tags.get(self._get_param("ResourceARN"), {})
    return json.dumps({"ResourceTags": [{"Key": k, "Value": v} for k, v in found.items()]})


_create_budget = BudgetsResponse.create_budget


def _create_tagged_budget(self):
    account, name = self._get_param("AccountId"), self._get_param("Budget")["BudgetName"]
    arn = f"arn:aws:budgets::{account}:budget/{name}"
    given = self._get_param("ResourceTags") or []
    _tags[arn] = {item["Key"]: item["Value"] for item in given}
    return _create_budget(self)


def _update_budget(self):
    budget = self._get_param("NewBudget")
    kept = self.backend.budgets[self._get_param("AccountId")][budget["BudgetName"]].budget
    kept.update({key: value for key, value in budget.items() if key != "CalculatedSpend"})
    return "{}"


BudgetsResponse.create_budget = _create_tagged_budget
BudgetsResponse.update_budget = _update_budget
BudgetsResponse.tag_resource = _tag
BudgetsResponse.untag_resource = lambda self: "{}"
BudgetsResponse.list_tags_for_resource = _list_tags

_get_bool_param = Route53._get_bool_param


def _private_in_a_network(self, name, if_none=None):
    """A zone that is made with a network is private in AWS, whether it says so or not."""
    if name == "HostedZoneConfig.PrivateZone" and self._get_param("VPC.VPCId"):
        return True
    return _get_bool_param(self, name, if_none)


Route53._get_bool_param = _private_in_a_network

_call_action = BaseResponse.call_action


def _refuse_at_once(self):
    """Answer what moto lacks with 400: after 500 the provider tries again for ten minutes and more."""
    try:
        return _call_action(self)
    except NotImplementedError as error:
        body = json.dumps({"__type": "UnknownOperationException", "message": str(error)})
        return 400, {"Content-Type": "application/x-amz-json-1.1"}, body


BaseResponse.call_action = _refuse_at_once

end = threading.Timer(LIFETIME, os._exit, [0])
# Whoever ends the server is not kept waiting for it.
end.daemon = True
end.start()
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
