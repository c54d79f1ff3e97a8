"""Proxy and certificates of the network: what is set for one library reaches all libraries.

`make` does the same for its commands. This module covers containers, and commands without `make`.
"""

from __future__ import annotations

from collections.abc import MutableMapping

PROXIES = ("https_proxy", "http_proxy", "all_proxy")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def share(environment: MutableMapping[str, str]) -> None:
    """Exclude loopback from the proxy, and set the missing variables for certificates.

    Without a proxy in the environment, `no_proxy` stays unset: Python would no longer read the
    proxy settings of the operating system.
    """
    if any(environment.get(name) or environment.get(name.upper()) for name in PROXIES):
        direct = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        hosts = [host.strip() for host in direct.split(",") if host.strip()]
        if "*" not in hosts:
            hosts += [host for host in LOOPBACK if host not in hosts]
        environment["no_proxy"] = environment["NO_PROXY"] = ",".join(hosts)
    given = next((environment[name] for name in CERTIFICATES if environment.get(name)), None)
    if given is not None:
        for name in CERTIFICATES:
            if not environment.get(name):
                environment[name] = given
