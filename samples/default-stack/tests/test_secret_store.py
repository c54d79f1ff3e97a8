"""Secrets are environment variables."""

from __future__ import annotations

import pytest

from default_stack.platform.secret_store import read_secret
from default_stack.platform.settings import load_settings


def test_a_secret_is_a_variable_and_an_empty_one_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    monkeypatch.delenv("A_SECRET", raising=False)
    assert read_secret("A_SECRET", settings) is None
    monkeypatch.setenv("A_SECRET", "")
    assert read_secret("A_SECRET", settings) is None
    monkeypatch.setenv("A_SECRET", "value")
    assert read_secret("A_SECRET", settings) == "value"
