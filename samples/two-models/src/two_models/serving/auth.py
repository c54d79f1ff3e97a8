"""Authentication with a bearer token (JWT) of the identity provider or with an API key.

In `local` there is no authentication, and the service listens on loopback only. In every other
environment all routes except health require a token or a key, and the service does not start if
neither is configured.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import re
import secrets
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from ..platform import secret_store
from ..platform.errors import SettingsError
from ..platform.events import emit
from ..platform.sections.auth import Auth
from ..platform.sections.serving import Serving
from ..platform.settings import Settings
from .http import UNKNOWN
from .metrics import ServiceMetrics

if TYPE_CHECKING:
    from jwt import PyJWK

LOCAL = "local"
KEYS_VARIABLE = "SERVICE_API_KEYS"
# Only asymmetric algorithms: with HS256 the public key would be the secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
MAX_TOKEN_BYTES = 8_192
MAX_KEY_BYTES = 256
MAX_VERIFIED = 10_000
FETCH_SECONDS = 5.0
MAX_FETCH_BYTES = 1_000_000
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_ENTRY = re.compile(r"(?P<name>[A-Za-z0-9._-]+):(?P<digest>[0-9a-f]{64})")


class Unauthorized(Exception):
    """A request without a valid token or key. The message is safe to return to the caller."""


class KeysUnavailable(Exception):
    """A token cannot be checked, because no public key could be fetched yet."""


class SigningKeys:
    """Public keys of an issuer by `kid`. One fetch runs at a time, outside the event loop."""

    def __init__(self, auth: Auth) -> None:
        """Create an empty key set; the first token triggers a fetch."""
        self._auth = auth
        self._keys: dict[str | None, PyJWK] = {}
        self._fetched = -float("inf")
        self._tried = -float("inf")
        self._task: asyncio.Task[bool] | None = None

    async def find(self, kid: str | None) -> PyJWK:
        """Return a key. Raises Unauthorized if the issuer does not have it, or KeysUnavailable."""
        now = time.monotonic()
        age = now - self._fetched
        known = kid in self._keys and age < self._auth.keep_seconds
        if not known or age > self._auth.refresh_seconds:
            # Limited, so that unknown key IDs do not each cause a request to the issuer.
            if self._task is None and now - self._tried >= self._auth.retry_seconds:
                self._tried = now
                self._task = asyncio.get_running_loop().create_task(self._refresh())
            if not known and self._task is not None:
                await asyncio.shield(self._task)
        if time.monotonic() - self._fetched >= self._auth.keep_seconds:
            raise KeysUnavailable
        try:
            return self._keys[kid]
        except KeyError:
            raise Unauthorized(
                "the token is signed with a key that its issuer does not have"
            ) from None

    async def _refresh(self) -> bool:
        try:
            self._keys = await asyncio.to_thread(_fetch_keys, self._auth)
            self._fetched = time.monotonic()
            return True
        except Exception as error:
            emit("auth_keys_failed", issuer=self._auth.issuer, error=str(error))
            return False
        finally:
            self._task = None


def _fetch_keys(auth: Auth) -> dict[str | None, PyJWK]:
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    uri = auth.jwks_uri
    if uri is None:
        issuer = str(auth.issuer)
        found = _fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise ValueError(f"the discovery document has another issuer: {found.get('issuer')}")
        uri = str(found["jwks_uri"])
    keys: dict[str | None, PyJWK] = {}
    for item in _fetch(uri)["keys"]:
        # With a symmetric key in a public document, anyone could sign tokens.
        if item.get("kty") == "oct" or item.get("use", "sig") != "sig":
            continue
        try:
            keys[item.get("kid")] = PyJWK(item)
        except PyJWTError:
            continue
    if not keys:
        raise ValueError(f"{uri} has no key to check signatures with")
    if len(keys) == 1:
        # Issuers with a single key can omit `kid` from their tokens.
        keys[None] = next(iter(keys.values()))
    return keys


def _fetch(uri: str) -> dict[str, Any]:
    require_https("jwks_uri", uri)
    request = urllib.request.Request(uri, headers={"accept": "application/json"})
    with urllib.request.urlopen(request, timeout=FETCH_SECONDS) as answer:
        require_https("jwks_uri", answer.geturl())
        found: dict[str, Any] = json.loads(answer.read(MAX_FETCH_BYTES))
    return found


def require_https(name: str, uri: str) -> None:
    """Raise SettingsError unless a URI uses https or the host is this computer."""
    parts = urllib.parse.urlsplit(uri)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not (parts.scheme == "https" and parts.hostname) and not local:
        raise SettingsError(f"auth.{name}: expected an https URI, found {uri!r}")


class Authenticator:
    """Authenticates requests. `known` is the fast path with cached results, `check` verifies."""

    def __init__(self, auth: Auth, api_keys: Mapping[str, bytes]) -> None:
        """Create an authenticator; `api_keys` are SHA-256 digests by name."""
        self.config = auth
        self._digests = tuple(api_keys.values())
        self._keys = SigningKeys(auth) if auth.issuer else None
        self._verified: dict[bytes, float] = {}

    def known(self, authorization: bytes | None, api_key: bytes | None) -> bool:
        """Return whether a request has a valid API key or a recently verified token."""
        if api_key is not None and self._digests and len(api_key) <= MAX_KEY_BYTES:
            digest = hashlib.sha256(api_key).digest()
            found = False
            # All digests are compared, so that the time does not depend on which one matches.
            for item in self._digests:
                found |= hmac.compare_digest(item, digest)
            if found:
                return True
        if authorization is None or not self._verified:
            return False
        until = self._verified.get(hashlib.sha256(authorization).digest())
        return until is not None and time.time() < until

    async def check(self, authorization: bytes | None, api_key: bytes | None) -> None:
        """Verify a token and cache the result. Raises Unauthorized or KeysUnavailable."""
        if self.known(authorization, api_key):
            return
        if authorization is None or self._keys is None:
            raise Unauthorized("no valid API key" if api_key else "a token or API key is needed")
        kind, _, token = authorization.partition(b" ")
        if kind.lower() != b"bearer" or not token.strip():
            raise Unauthorized("expected authorization: Bearer <token>")
        if len(token) > MAX_TOKEN_BYTES:
            raise Unauthorized("the token is too long")
        expires = await self._verify(token.strip().decode("latin-1"), self._keys)
        until = min(time.time() + self.config.cache_seconds, expires + self.config.leeway_seconds)
        while len(self._verified) >= MAX_VERIFIED:
            # The oldest entry is removed; its token is verified again if it is still used.
            del self._verified[next(iter(self._verified))]
        digest = hashlib.sha256(authorization).digest()
        self._verified.pop(digest, None)
        self._verified[digest] = until

    async def _verify(self, token: str, keys: SigningKeys) -> float:
        """Return when the token expires, in Unix seconds."""
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise Unauthorized("the token is signed with an algorithm that is not allowed")
            key = await keys.find(header.get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self.config.issuer,
                audience=self.config.audience,
                leeway=self.config.leeway_seconds,
                options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
            )
            return float(claims["exp"])
        except (Unauthorized, KeysUnavailable):
            raise
        except jwt.ExpiredSignatureError:
            raise Unauthorized("the token has expired") from None
        except jwt.InvalidAudienceError:
            raise Unauthorized("the token is for another audience") from None
        except jwt.InvalidIssuerError:
            raise Unauthorized("the token is of another issuer") from None
        except Exception:
            # A forged token can make the parser raise any error; the token is invalid in each case.
            raise Unauthorized("the token is not valid") from None


class Authenticate:
    """ASGI middleware that answers 401 before any other code handles a request."""

    def __init__(
        self,
        app: ASGIApp,
        authenticator: Authenticator,
        open_paths: frozenset[str],
        metrics: ServiceMetrics,
    ) -> None:
        """Create the middleware; `open_paths` need no authentication."""
        self._app = app
        self._authenticator = authenticator
        self._open = open_paths
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 401."""
        if scope["type"] == "lifespan" or scope["path"] in self._open:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        authorization = api_key = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value
            elif name == b"x-api-key":
                api_key = value
        if not self._authenticator.known(authorization, api_key):
            try:
                await self._authenticator.check(authorization, api_key)
            except Unauthorized as error:
                await self._refuse(send, 401, str(error), authorization, started)
                return
            except KeysUnavailable:
                detail = "tokens cannot be checked now: the issuer's keys could not be fetched"
                await self._refuse(send, 503, detail, authorization, started)
                return
        await self._app(scope, receive, send)

    async def _refuse(
        self, send: Send, status: int, detail: str, authorization: bytes | None, started: float
    ) -> None:
        content = orjson.dumps({"detail": detail})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(content)),
            # The body was not read, so the connection cannot be reused.
            (b"connection", b"close"),
        ]
        if status == 401:
            challenge = b'Bearer error="invalid_token"' if authorization else b"Bearer"
            headers.append((b"www-authenticate", challenge))
        else:
            headers.append((b"retry-after", b"10"))
        self._metrics.refused(UNKNOWN, status, None, time.perf_counter() - started)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def authenticator(settings: Settings) -> Authenticator | None:
    """Return the authenticator of this environment; None in `local`.

    Raises SettingsError if another environment has no authentication configured.
    """
    if settings.env == LOCAL:
        return None
    auth = settings.section("auth", Auth)
    keys = parse_api_keys(secret_store.read_secret(KEYS_VARIABLE, settings) or "")
    if auth.issuer and not auth.audience:
        raise SettingsError(
            f"auth.audience is not set for environment '{settings.env}': without it, a token for "
            "any other service would be accepted; set MLOPS_AUTH__AUDIENCE"
        )
    if not (auth.issuer or keys or auth.platform_paths):
        raise SettingsError(
            f"environment '{settings.env}' has no authentication: set auth.issuer and "
            f"auth.audience in config/{settings.env}.yaml (MLOPS_AUTH__ISSUER, "
            f"MLOPS_AUTH__AUDIENCE), or the secret {KEYS_VARIABLE}"
        )
    if auth.issuer:
        require_https("issuer", auth.issuer)
    if auth.jwks_uri:
        require_https("jwks_uri", auth.jwks_uri)
    return Authenticator(auth, keys)


def require_loopback(settings: Settings, serving: Serving) -> None:
    """Raise SettingsError if the service would be reachable from other computers in `local`."""
    if settings.env != LOCAL or serving.host in LOOPBACK or serving.published_on_loopback:
        return
    raise SettingsError(
        f"serving.host: '{LOCAL}' has no authentication, so the service listens on "
        f"127.0.0.1 only, not on {serving.host}; set MLOPS_ENV to an environment with "
        "authentication"
    )


def parse_api_keys(text: str) -> dict[str, bytes]:
    """Parse `<name>:<SHA-256 of the key>` entries between commas or spaces.

    Raises SettingsError with the position of a wrong entry, not its content.
    """
    keys: dict[str, bytes] = {}
    for place, entry in enumerate(re.split(r"[,\s]+", text.strip()) if text.strip() else (), 1):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise SettingsError(
                f"{KEYS_VARIABLE}: entry {place} is not <name>:<sha256>; make api-key writes one"
            )
        if match["name"] in keys:
            raise SettingsError(f"{KEYS_VARIABLE}: '{match['name']}' occurs twice")
        keys[match["name"]] = bytes.fromhex(match["digest"])
    return keys


def new_api_key(name: str) -> tuple[str, str]:
    """Return a new key and its entry for SERVICE_API_KEYS."""
    # The key has as many random bits as the digest, so it cannot be guessed and a plain hash
    # suffices.
    key = secrets.token_urlsafe(32)
    return key, f"{name}:{hashlib.sha256(key.encode()).hexdigest()}"


def main() -> None:
    """Run the command line of `make api-key`."""
    parser = argparse.ArgumentParser(description="Create an API key for the service.")
    parser.add_argument("name", help="name of the caller")
    name = parser.parse_args().name
    key, entry = new_api_key(name)
    if _ENTRY.fullmatch(entry) is None:
        raise SystemExit("api-key: a name has letters, digits, '.', '_' and '-'")
    print(f"key, for {name} only: {key}\nentry for {KEYS_VARIABLE}: {entry}")


if __name__ == "__main__":
    main()
