"""Section `auth` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Above, AtLeastZero, Text


class Auth(msgspec.Struct, frozen=True):
    """Who may call the service.

    issuer, audience: required values of `iss` and `aud` of a token.
    jwks_uri: address of the issuer's public keys; by default from its discovery document.
    leeway_seconds: allowed clock difference. cache_seconds: how long a verified token is accepted
        without a new verification, at most until it expires.
    refresh_seconds, retry_seconds: interval between fetches of the keys, and minimum interval after
        a failure or for an unknown key. keep_seconds: how long old keys are used if they cannot be
        fetched again.
    platform_paths: paths for which the platform authenticates callers, because it cannot forward a
        caller's token; only for a container that nothing else can reach.
    """

    issuer: Text | None = None
    audience: Text | None = None
    jwks_uri: Text | None = None
    leeway_seconds: AtLeastZero = 30.0
    cache_seconds: AtLeastZero = 60.0
    refresh_seconds: Above = 300.0
    retry_seconds: AtLeastZero = 10.0
    keep_seconds: Above = 86_400.0
    platform_paths: tuple[Text, ...] = ()
