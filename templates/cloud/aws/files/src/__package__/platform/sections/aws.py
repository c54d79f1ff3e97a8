"""Section `aws` of the settings."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ..typed import Text

# In quotes: YAML reads digits with a leading zero as an octal number.
Account = Annotated[
    str, msgspec.Meta(pattern="^[0-9]{12}$", description="an account ID: twelve digits, in quotes")
]


class Aws(msgspec.Struct, frozen=True):
    """The account of an environment, and names that Terraform sets.

    account: ID of the account. name: prefix of the names of all resources.
    state_bucket: bucket of the state of Terraform.
    tracking_host, tracking_repository: host name and image repository of the tracking server.
    """

    account: Account | None = None
    name: Text | None = None
    region: Text | None = None
    state_bucket: Text | None = None
    tracking_host: Text | None = None
    tracking_repository: Text | None = None
