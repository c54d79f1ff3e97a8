"""Authentication outside `local`: accepted and refused requests."""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import hmac
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient
from jwt.algorithms import RSAAlgorithm

from default_stack.client import protocols
from default_stack.platform import models
from default_stack.platform.errors import SettingsError
from default_stack.platform.sections.auth import Auth
from default_stack.platform.sections.serving import Serving
from default_stack.platform.settings import load_settings
from default_stack.serving import auth
from default_stack.serving.app import create_app

ENVIRONMENT = "prod"
AUDIENCE = "predictions"
DOCUMENT = "/.well-known/openid-configuration"


@functools.cache
def key_of(name: str) -> rsa.RSAPrivateKey:
    """Return a private key by name; making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk(name: str) -> dict[str, Any]:
    """Return the public half of a key, as an issuer publishes it."""
    return {**RSAAlgorithm.to_jwk(key_of(name).public_key(), as_dict=True), "kid": name}


class Issuer:
    """An identity provider on loopback."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [jwk("one"), jwk("two")]
        self.broken = False
        self.asked: list[str] = []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                documents = {
                    DOCUMENT: {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"},
                    "/keys": {"keys": issuer.keys},
                }
                content = json.dumps(documents.get(self.path, {})).encode()
                self.send_response(500 if issuer.broken else 200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def token(self, key: str = "one", **changes: Any) -> str:
        """Return a token; `header_<name>` changes its header, None leaves a claim out."""
        headers = {"kid": key}
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "caller",
            "exp": time.time() + 600,
        }
        for name, value in changes.items():
            if name.startswith("header_"):
                headers[name.removeprefix("header_")] = value
            else:
                claims[name] = value
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key_of(key), algorithm="RS256", headers=headers)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    thread = threading.Thread(target=issuer.server.serve_forever, daemon=True)
    thread.start()
    yield issuer
    issuer.server.shutdown()
    issuer.server.server_close()
    thread.join()


@pytest.fixture
def deployed(
    home: Path, environments: None, pinned: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings of a deployed environment, without authentication yet."""
    monkeypatch.setenv("MLOPS_ENV", ENVIRONMENT)
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    monkeypatch.setenv("MLOPS_SERVING__DEFAULT_MODEL", model)
    monkeypatch.setenv("MLOPS_SERVING__METRICS_PORT", "")
    monkeypatch.setenv("MLOPS_SERVING__PREDICTION_LOG", str(home / "predictions.jsonl"))
    monkeypatch.setenv("MLOPS_SERVING__PREDICTION_ARCHIVE", "")
    monkeypatch.delenv(auth.KEYS_VARIABLE, raising=False)


@pytest.fixture
def secured(
    deployed: None, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    """A client of a service that takes the issuer's tokens."""
    monkeypatch.setenv("MLOPS_AUTH__ISSUER", issuer.url)
    monkeypatch.setenv("MLOPS_AUTH__AUDIENCE", AUDIENCE)
    with TestClient(create_app()) as client:
        yield client


@pytest.fixture
def ask(model: str, row: dict[str, Any]) -> Callable[..., Any]:
    """Request a prediction: `ask(client, token=…, **headers)`."""
    path, body = protocols.request(models.load(model).contract, [row])

    def ask(client: TestClient, token: str | None = None, **headers: str) -> Any:
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return client.post(path, json=body, headers=headers)

    return ask


def forged(claims: dict[str, Any], header: dict[str, Any], secret: bytes) -> str:
    """Return a token signed with HMAC, which the library refuses to do with a public key."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    text = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), 'sha256'))}"


def test_only_health_is_open(secured: TestClient, ask: Callable[..., Any]) -> None:
    assert secured.get("/healthz").status_code == 200
    assert secured.get("/readyz").status_code == 200
    for path in ("/version", "/metrics", "/docs", "/openapi.json", "/healthz/", "/nowhere"):
        answer = secured.get(path)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
    assert ask(secured).status_code == 401


def test_every_route_but_health_needs_a_token(secured: TestClient) -> None:
    open_paths = set()
    document = secured.app.openapi()  # type: ignore[attr-defined]
    for path, operations in document["paths"].items():
        for method in operations:
            if secured.request(method, path).status_code != 401:
                open_paths.add(path)
    assert {"/healthz", "/readyz"} <= open_paths
    assert not any(
        "post" in operations for path, operations in document["paths"].items() if path in open_paths
    )


def test_a_valid_token_is_accepted(
    secured: TestClient, issuer: Issuer, ask: Callable[..., Any]
) -> None:
    assert ask(secured, issuer.token()).status_code == 200
    assert ask(secured, issuer.token("two")).status_code == 200
    assert ask(secured, issuer.token(aud=["other", AUDIENCE])).status_code == 200
    assert secured.get("/version", headers={"authorization": f"bearer {issuer.token()}"}).is_success
    # Clocks differ a little.
    assert ask(secured, issuer.token(exp=time.time() - 5)).status_code == 200


def test_bad_tokens_are_refused(
    secured: TestClient, issuer: Issuer, ask: Callable[..., Any]
) -> None:
    good = issuer.token()
    head, claims, signature = good.split(".")
    other = jwt.encode(
        jwt.decode(good, options={"verify_signature": False}),
        key_of("three"),
        algorithm="RS256",
        headers={"kid": "one"},
    )
    wrong = {
        "expired": issuer.token(exp=time.time() - 60),
        "another audience": issuer.token(aud="billing"),
        "without audience": issuer.token(aud=None),
        "another issuer": issuer.token(iss="https://elsewhere.example"),
        "without expiry": issuer.token(exp=None),
        "not yet valid": issuer.token(nbf=time.time() + 300),
        "signed with another key": other,
        "unknown key": issuer.token(header_kid="nine"),
        "changed": f"{head}.{claims[:-2]}AA.{signature}",
        "without signature": f"{head}.{claims}.",
        "no token": "abc",
        "empty parts": "..",
        "too long": "a" * 9_000,
        "deeply nested": base64.urlsafe_b64encode(b"[" * 5_000).decode() + ".e30.x",
        "not ASCII": "\u00e9.\u00e9.\u00e9",
    }
    for name, token in wrong.items():
        for _ in range(2):
            answer = ask(secured, **{"authorization": f"Bearer {token}".encode("latin-1")})
            assert answer.status_code == 401, name
            assert "invalid_token" in answer.headers["www-authenticate"]
    assert "expired" in ask(secured, wrong["expired"]).json()["detail"]
    assert "audience" in ask(secured, wrong["another audience"]).json()["detail"]
    for header in ("Basic dTpw", "Bearer", "Bearer ", good):
        assert ask(secured, authorization=header).status_code == 401


def test_a_weaker_algorithm_is_refused(
    secured: TestClient, issuer: Issuer, ask: Callable[..., Any]
) -> None:
    claims = {"iss": issuer.url, "aud": AUDIENCE, "exp": time.time() + 600}
    public = key_of("one").public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for secret in (pem, pem.strip(), json.dumps(jwk("one")).encode(), b""):
        for name in ("HS256", "hs256", "none", "None", ""):
            token = forged(claims, {"alg": name, "typ": "JWT", "kid": "one"}, secret)
            assert ask(secured, token).status_code == 401, name
            assert ask(secured, token.rpartition(".")[0] + ".").status_code == 401, name
    # The key is for RS256: another algorithm of the same family is not taken either.
    swapped = jwt.encode(claims, key_of("one"), algorithm="PS256", headers={"kid": "one"})
    assert ask(secured, swapped).status_code == 401


def test_symmetric_keys_of_an_issuer_are_not_used(
    secured: TestClient, issuer: Issuer, ask: Callable[..., Any]
) -> None:
    secret = b"s" * 32
    published = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    issuer.keys.append({"kty": "oct", "k": published, "alg": "HS256", "kid": "shared"})
    claims = {"iss": issuer.url, "aud": AUDIENCE, "exp": time.time() + 600}
    token = forged(claims, {"alg": "HS256", "kid": "shared"}, secret)
    assert set(auth._fetch_keys(Auth(issuer.url))) == {"one", "two"}
    assert ask(secured, token).status_code == 401
    assert ask(secured, issuer.token()).status_code == 200


def test_keys_are_fetched_once_and_not_for_every_invented_one(
    secured: TestClient, issuer: Issuer, ask: Callable[..., Any]
) -> None:
    for _ in range(5):
        assert ask(secured, issuer.token()).status_code == 200
    for number in range(20):
        assert ask(secured, issuer.token(header_kid=f"k{number}")).status_code == 401
    assert issuer.asked == [DOCUMENT, "/keys"]


def test_a_new_key_is_found_and_a_withdrawn_one_ends(
    secured: TestClient,
    issuer: Issuer,
    ask: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLOPS_AUTH__RETRY_SECONDS", "0")
    monkeypatch.setenv("MLOPS_AUTH__CACHE_SECONDS", "0")
    with TestClient(create_app()) as client:
        assert ask(client, issuer.token()).status_code == 200
        issuer.keys = [jwk("three")]
        assert ask(client, issuer.token("three")).status_code == 200
        assert ask(client, issuer.token("one")).status_code == 401
        # The only key needs no name.
        nameless = jwt.encode(
            {"iss": issuer.url, "aud": AUDIENCE, "exp": time.time() + 60},
            key_of("three"),
            algorithm="RS256",
        )
        assert ask(client, nameless).status_code == 200
        # An issuer outage does not affect callers with valid tokens.
        issuer.broken = True
        assert ask(client, issuer.token("three", sub="another")).status_code == 200


def test_without_keys_the_answer_is_503(
    secured: TestClient, issuer: Issuer, ask: Callable[..., Any]
) -> None:
    issuer.broken = True
    answer = ask(secured, issuer.token())
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_verified_tokens_are_remembered_until_they_expire(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.time()
    monkeypatch.setattr(auth, "MAX_VERIFIED", 3)
    config = Auth(issuer.url, AUDIENCE, leeway_seconds=0, cache_seconds=60)
    checks = auth.Authenticator(config, {})

    async def main() -> None:
        headers = [f"Bearer {issuer.token(sub=str(n))}".encode() for n in range(5)]
        for header in headers:
            assert not checks.known(header, None)
            await checks.check(header, None)
            assert checks.known(header, None)
        # The cache is bounded: the oldest entry was removed.
        assert [checks.known(item, None) for item in headers] == [False] * 2 + [True] * 3
        short = f"Bearer {issuer.token(exp=clock + 30)}".encode()
        await checks.check(short, None)
        monkeypatch.setattr(time, "time", lambda: clock + 31)
        assert not checks.known(short, None)
        assert checks.known(headers[4], None)
        monkeypatch.setattr(time, "time", lambda: clock + 70)
        assert not checks.known(headers[4], None)

    asyncio.run(main())


def test_api_keys(deployed: None, ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    key, entry = auth.new_api_key("one")
    gone, revoked = auth.new_api_key("two")
    digest = entry.split(":")[1]
    assert hashlib.sha256(key.encode()).hexdigest() == digest
    monkeypatch.setenv(auth.KEYS_VARIABLE, f"{entry}, {revoked}")
    with TestClient(create_app()) as client:
        assert ask(client, **{"x-api-key": key}).status_code == 200
        assert ask(client, **{"x-api-key": gone}).status_code == 200
        for wrong in ("", "x", key[:-1], key + "x", digest, entry, "k" * 300, "\u00e9"):
            headers = {"x-api-key": wrong.encode("latin-1")}
            assert ask(client, **headers).status_code == 401, wrong
        # There is no issuer, so no token is valid, and a key is not a token.
        assert ask(client, key).status_code == 401
        assert ask(client).status_code == 401
    monkeypatch.setenv(auth.KEYS_VARIABLE, entry)
    with TestClient(create_app()) as client:
        assert ask(client, **{"x-api-key": gone}).status_code == 401
        assert ask(client, **{"x-api-key": key}).status_code == 200


def test_every_key_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    keys = [auth.new_api_key(f"k{number}") for number in range(4)]
    digests = auth.parse_api_keys(",".join(entry for _, entry in keys))
    checks = auth.Authenticator(Auth(), digests)
    for given in (keys[0][0], keys[3][0], "wrong"):
        compared.clear()
        assert checks.known(None, given.encode()) is (given != "wrong")
        # All digests (not keys) are compared, also after a match.
        assert [one for one, _ in compared] == list(digests.values())
        assert {other for _, other in compared} == {hashlib.sha256(given.encode()).digest()}


def test_refusals_are_counted(secured: TestClient, ask: Callable[..., Any]) -> None:
    ask(secured)
    text = secured.app.state.service.metrics.render().decode()  # type: ignore[attr-defined]
    assert 'model="unknown",model_version="none",status="401"' in text


def test_metrics_are_on_a_port_of_their_own(
    deployed: None, ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, entry = auth.new_api_key("one")
    monkeypatch.setenv(auth.KEYS_VARIABLE, entry)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("MLOPS_SERVING__METRICS_PORT", str(port))
    app = create_app()
    with TestClient(app) as client:
        assert client.get("/metrics", headers={"x-api-key": key}).status_code == 404
        assert ask(client, **{"x-api-key": key}).status_code == 200
        url = f"http://127.0.0.1:{port}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert b'status="200"' in answer.read()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=5)


def test_the_service_needs_authentication_to_start(
    deployed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match=r"has no authentication.*SERVICE_API_KEYS"):
        create_app()
    monkeypatch.setenv("MLOPS_AUTH__ISSUER", "https://id.example")
    with pytest.raises(SettingsError, match=r"auth\.audience is not set"):
        create_app()
    monkeypatch.setenv("MLOPS_AUTH__AUDIENCE", AUDIENCE)
    create_app()
    for uri in ("http://id.example", "id.example", "file:///keys"):
        monkeypatch.setenv("MLOPS_AUTH__ISSUER", uri)
        with pytest.raises(SettingsError, match="expected an https URI"):
            create_app()


@pytest.mark.parametrize(
    "text", ["abc", "a:b", f"a:{'0' * 63}", f"a:{'0' * 64},a:{'1' * 64}", f"a:{'0' * 64},,x"]
)
def test_wrong_entries_stop_it_and_are_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        auth.parse_api_keys(text)
    assert "0000" not in str(caught.value)


def test_platform_paths_are_open_and_no_others(
    deployed: None, ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_AUTH__PLATFORM_PATHS", "/from-the-platform")
    with TestClient(create_app()) as client:
        assert client.post("/from-the-platform").status_code == 404
        assert ask(client).status_code == 401


def test_in_local_it_is_open_on_loopback_only(home: Path, client: TestClient) -> None:
    assert client.get("/version").status_code == 200
    assert client.get("/metrics").status_code == 200
    settings = load_settings()
    for host in ("127.0.0.1", "localhost", "::1"):
        auth.require_loopback(settings, Serving(host=host))
    auth.require_loopback(settings, Serving(host="0.0.0.0", published_on_loopback=True))
    for host in ("0.0.0.0", "::", "10.0.0.4"):
        with pytest.raises(SettingsError, match="127"):
            auth.require_loopback(settings, Serving(host=host))
    auth.require_loopback(load_settings(ENVIRONMENT), Serving(host="0.0.0.0"))
