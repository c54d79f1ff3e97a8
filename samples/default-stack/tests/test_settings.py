"""Settings and parameters are typed and overridable, and errors name the wrong value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from default_stack import models
from default_stack.params import load_params, seed_of
from default_stack.platform import doctor
from default_stack.platform.errors import ParamsError, SettingsError
from default_stack.platform.settings import Settings, load_settings

# Parameters whose keys are metrics, or belong to the framework.
FREE = ("train", "gates.floors", "gates.ceilings", "gates.champion_margin")


@dataclass(frozen=True)
class Section:
    url: str
    size: int = 3
    fast: bool = False
    names: tuple[str, ...] = ()
    extra: str | None = None


def _settings(**values: object) -> Settings:
    return Settings("local", Path("/project"), {"section": values})


def test_section_is_typed() -> None:
    section = _settings(url="u", size=4, names=["a", "b"]).section("section", Section)
    assert section == Section("u", 4, names=("a", "b"))


def test_variable_overrides_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_SECTION__SIZE", "7")
    monkeypatch.setenv("MLOPS_SECTION__FAST", "true")
    monkeypatch.setenv("MLOPS_SECTION__NAMES", "a, b")
    section = _settings(url="u", size=4).section("section", Section)
    assert section == Section("u", 7, True, ("a", "b"))


def test_missing_value_names_its_variable() -> None:
    with pytest.raises(SettingsError, match="MLOPS_SECTION__URL"):
        _settings().section("section", Section)


def test_a_reference_is_replaced_by_another_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(url="s3://bucket-${section.size}/runs", size=7)
    assert settings.section("section", Section).url == "s3://bucket-7/runs"
    assert settings.value("section", "url") == "s3://bucket-7/runs"
    monkeypatch.setenv("MLOPS_SECTION__SIZE", "8")
    assert settings.section("section", Section).url == "s3://bucket-8/runs"


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("${other.key}", "MLOPS_OTHER__KEY"),
        ("${section.url}", "section.url of environment 'local' refers to itself"),
    ],
)
def test_wrong_reference_is_named(url: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        _settings(url=url).section("section", Section)


@pytest.mark.parametrize(
    ("values", "named"),
    [({"url": "u", "sise": 3}, "sise"), ({"url": "u", "size": "many"}, "section.size")],
)
def test_wrong_value_is_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        _settings(**values).section("section", Section)


def test_unknown_environment_lists_the_known_ones(home: Path) -> None:
    with pytest.raises(SettingsError, match="local"):
        load_settings("nowhere")


def test_relative_paths_start_at_the_project(home: Path) -> None:
    assert load_settings().artifacts.root.startswith(str(home))


def test_every_model_has_parameters(home: Path) -> None:
    for name in models.names():
        assert load_params(name).model == name


def test_seed_follows_from_the_name() -> None:
    assert seed_of("churn") == 145884974 != seed_of("fraud")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data.sorce", "x"),
        ("split.test_fraction", "half"),
        ("gates.floors", {"auc": "high"}),
        ("gates.flors", {}),
        ("drift.min_rows", 0.5),
        ("model", {}),
    ],
)
def test_wrong_parameter_is_named(
    model: str, set_params: Callable[..., None], key: str, value: object
) -> None:
    set_params(model, **{key: value})
    with pytest.raises(ParamsError, match=key.split(".")[-1]):
        load_params(model)


def test_every_parameter_is_documented(home: Path, model: str) -> None:
    def keys(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
        for key, value in values.items():
            if isinstance(value, Mapping) and value and f"{prefix}{key}" not in FREE:
                yield from keys(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}"

    text = (Path(__file__).parents[1] / "docs" / "parameters.md").read_text()
    parameters = asdict(load_params(model))
    del parameters["model"]
    assert [key for key in keys(parameters) if f"`{key}`" not in text] == []


def test_doctor_prints_a_remedy_for_each_problem(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config" / "doctor.yaml").write_text(
        "- {id: a, title: A file, kind: file, value: params, hint: none}\n"
        "- {id: b, title: A tool, kind: command, value: no-such-tool x, hint: install the tool}\n"
    )
    assert doctor.main() == 1
    printed = capsys.readouterr().out
    assert "ok       A file" in printed
    assert "no-such-tool is not installed; install the tool" in printed


def test_doctor_requires_a_value_for_a_listed_setting(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config" / "doctor.yaml").write_text(
        "- {id: a, title: The repository, kind: setting, value: ci.repository, hint: look it up}\n"
    )
    assert doctor.main() == 0
    path = home / "config" / "local.yaml"
    path.write_text(path.read_text() + "ci:\n  repository: null\n")
    assert doctor.main() == 1
    assert "ci.repository is not set for environment 'local'" in capsys.readouterr().out
    monkeypatch.setenv("MLOPS_CI__REPOSITORY", "example/churn")
    assert doctor.main() == 0


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("echo tool v1.12.0 >= 1.11", ""),
        ("echo tool v1.11 >= 1.11.0", ""),
        ("echo tool v1.9.3 >= 1.11", "'echo tool v1.9.3' is 1.9.3, older than 1.11"),
        ("echo tool >= 1.11", "'echo tool' prints no version"),
        ("no-such-tool >= 1", "no-such-tool is not installed"),
    ],
)
def test_doctor_compares_versions_by_number(asked: str, problem: str) -> None:
    assert doctor.version(asked) == problem
