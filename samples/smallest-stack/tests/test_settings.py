"""Settings and parameters are typed and overridable, and errors name the wrong value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from smallest_stack.params import load_params, seed_of
from smallest_stack.platform import doctor, models, strict_yaml
from smallest_stack.platform.errors import ParamsError, SettingsError
from smallest_stack.platform.sections.rollout import Rollout
from smallest_stack.platform.settings import Settings, load_settings
from smallest_stack.platform.typed import Fraction, Port, Positive, Text
from smallest_stack.steps.ingest import ingest

# Parameters whose keys are metrics, or belong to the framework.
FREE = ("train", "decision", "gates.floors", "gates.ceilings", "gates.champion_margin")


class Section(msgspec.Struct, frozen=True):
    url: Text
    size: Positive = 3
    share: Fraction = 0.5
    fast: bool = False
    port: Port | None = None
    names: tuple[Text, ...] = ()


def _settings(**values: object) -> Settings:
    return Settings("local", Path("/project"), {"section": values})


def test_section_is_typed() -> None:
    section = _settings(url="u", size=4, names=["a", "b"]).section("section", Section)
    assert section == Section("u", 4, names=("a", "b"))


def test_variable_overrides_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_SECTION__SIZE", "7")
    monkeypatch.setenv("MLOPS_SECTION__SHARE", "1e-3")
    monkeypatch.setenv("MLOPS_SECTION__FAST", "true")
    monkeypatch.setenv("MLOPS_SECTION__PORT", "")
    monkeypatch.setenv("MLOPS_SECTION__NAMES", "a, b")
    section = _settings(url="u", size=4, port=80).section("section", Section)
    assert section == Section("u", 7, 0.001, True, None, ("a", "b"))


def test_missing_value_names_its_variable() -> None:
    with pytest.raises(SettingsError, match="MLOPS_SECTION__URL"):
        _settings().section("section", Section)


def test_a_reference_is_replaced_by_another_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(url="s3://bucket-${section.size}/runs", size=7, port="${section.size}")
    assert settings.section("section", Section).url == "s3://bucket-7/runs"
    assert settings.section("section", Section).port == 7
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


PORT = "expected a whole number from 1 to 65535 or null"
SHARE = "expected a number above 0 and below 1"


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("sise", 3, "sise: unknown; did you mean section.size?"),
        ("url", "", "url: expected text that is not empty, found ''"),
        ("url", 5, "url: expected text that is not empty, found 5; write it in quotes"),
        ("port", 8000.9, f"port: {PORT}, found 8000.9"),
        ("port", 8000.0, f"port: {PORT}, found 8000.0"),
        ("port", True, f"port: {PORT}, found true"),
        ("port", "8000", f"port: {PORT}, found '8000'; write 8000 without quotes"),
        ("port", 0, f"port: {PORT}, found 0"),
        ("port", 65536, f"port: {PORT}, found 65536"),
        ("size", 0, "size: expected a whole number of at least 1, found 0"),
        ("size", "many", "size: expected a whole number of at least 1, found 'many'"),
        ("size", "${section.share}", "size: expected a whole number of at least 1, found '0.5'"),
        ("share", 1, f"share: {SHARE}, found 1"),
        ("share", float("nan"), f"share: {SHARE}, found nan"),
        ("share", "1e-3", f"share: {SHARE}, found '1e-3'; write 0.001 without quotes"),
        ("fast", 1, "fast: expected true or false, found 1"),
        ("fast", "true", "fast: expected true or false, found 'true'; write true without quotes"),
        ("names", "a, b", "names: expected a list, each item text that is not empty, found 'a, b'"),
        ("names", [1], "names: expected a list, each item text that is not empty, found [1]"),
    ],
)
def test_wrong_value_is_named_with_what_is_allowed(key: str, value: object, problem: str) -> None:
    with pytest.raises(SettingsError) as error:
        _settings(**{"url": "u", "share": 0.5, key: value}).section("section", Section)
    is_known = key in Section.__struct_fields__
    override = f" (MLOPS_SECTION__{key.upper()} overrides it)" if is_known else ""
    assert str(error.value) == f"config/local.yaml: section.{problem}{override}"


@pytest.mark.parametrize(
    ("key", "text", "allowed"),
    [
        ("PORT", "8000.9", PORT),
        ("PORT", "8000.0", PORT),
        ("PORT", "true", PORT),
        ("PORT", "0x50", PORT),
        ("PORT", "70000", PORT),
        ("SIZE", "", "expected a whole number of at least 1"),
        ("SHARE", "nan", SHARE),
        ("SHARE", "half", SHARE),
        ("FAST", "1", "expected true or false"),
        ("FAST", "yes", "expected true or false"),
        ("URL", "", "expected text that is not empty"),
        ("NAMES", "a,,b", "expected a list, each item text that is not empty"),
    ],
)
def test_wrong_variable_is_named_with_what_is_allowed(
    key: str, text: str, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"MLOPS_SECTION__{key}", text)
    with pytest.raises(SettingsError) as error:
        _settings(url="u").section("section", Section)
    assert str(error.value) == f"MLOPS_SECTION__{key}: {allowed}, found {text!r}"


def test_all_wrong_settings_of_all_sections_are_named_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / "config" / "local.yaml"
    values = yaml.safe_load(path.read_text())
    values["artifacts"] |= {"root": "", "rot": "x"}
    values["audit"] = "somewhere"
    values["rolout"] = {"pinned": True}
    path.write_text(yaml.safe_dump(values))
    monkeypatch.setenv("MLOPS_ROLLOUT__PINNED", "yes")
    monkeypatch.setenv("MLOPS_ROLLOUT__PINED", "true")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert str(error.value).splitlines() == [
        "the settings of environment 'local' have 6 problems:",
        "  config/local.yaml: rolout: unknown; did you mean rollout?",
        "  config/local.yaml: artifacts.rot: unknown; did you mean artifacts.root?",
        "  config/local.yaml: artifacts.root: expected text that is not empty, found '' "
        "(MLOPS_ARTIFACTS__ROOT overrides it)",
        "  config/local.yaml: audit: expected keys and values, found 'somewhere'",
        "  MLOPS_ROLLOUT__PINNED: expected true or false, found 'yes'",
        "  MLOPS_ROLLOUT__PINED: unknown; did you mean MLOPS_ROLLOUT__PINNED?",
    ]


def test_a_corrected_file_is_read_again(home: Path) -> None:
    path = home / "config" / "local.yaml"
    text = path.read_text()
    path.write_text(f"{text}\nrolout: {{}}\n")
    with pytest.raises(SettingsError, match="did you mean rollout"):
        load_settings()
    path.write_text(f"{text}\nrollout: {{pinned: true}}\n")
    assert load_settings().section("rollout", Rollout).pinned


def test_a_reference_to_no_setting_is_named_when_the_file_is_read(home: Path) -> None:
    path = home / "config" / "local.yaml"
    values = yaml.safe_load(path.read_text())
    values["audit"]["root"] = "${artifacts.rot}/audit"
    path.write_text(yaml.safe_dump(values))
    with pytest.raises(SettingsError, match=r"artifacts\.rot is not set"):
        load_settings()


def test_settings_that_are_not_yaml_are_named_with_their_line(home: Path) -> None:
    (home / "config" / "local.yaml").write_text("artifacts:\n  root: [a\n")
    with pytest.raises(SettingsError, match=r"config/local\.yaml:3: not valid YAML"):
        load_settings()


def test_settings_of_every_environment_are_valid(home: Path) -> None:
    for path in set((home / "config").glob("*.yaml")) - {home / "config" / "doctor.yaml"}:
        load_settings(path.stem)


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
    ("key", "value", "problem"),
    [
        ("data.sorce", "x", "data.sorce: unknown; did you mean data.source?"),
        ("data.source", "", "data.source: expected text that is not empty, found ''"),
        ("data.rows", 8000.9, "data.rows: expected a whole number of at least 1, found 8000.9"),
        ("data.rows", True, "data.rows: expected a whole number of at least 1, found true"),
        (
            "split.test_fraction",
            7,
            "split.test_fraction: expected a number above 0 and below 1, found 7",
        ),
        (
            "split.test_fraction",
            "0.25",
            "split.test_fraction: expected a number above 0 and below 1, found '0.25'; "
            "write 0.25 without quotes",
        ),
        ("gates.floors", {"auc": "high"}, "gates.floors.auc: expected a number, found 'high'"),
        ("gates.floors", {"auc": float("nan")}, "gates.floors.auc: expected a number, found nan"),
        ("gates.floors", 0.7, "gates.floors: expected names, each with a number, found 0.7"),
        ("gates.flors", {}, "gates.flors: unknown; did you mean gates.floors?"),
        ("gates.native", 1, "gates.native: expected true or false, found 1"),
        ("drift.psi", -3, "drift.psi: expected a number above 0, found -3"),
        ("drift", [1], "drift: expected keys and values, found [1]"),
        ("train.seed", -1, "train.seed: expected a whole number of at least 0 and below"),
        ("drfit", {}, "drfit: unknown; did you mean drift?"),
        ("model", "other", "model: unknown; expected one of data, split"),
    ],
)
def test_wrong_parameter_is_named_with_what_is_allowed(
    model: str, set_params: Callable[..., None], key: str, value: object, problem: str
) -> None:
    set_params(model, **{key: value})
    with pytest.raises(ParamsError) as error:
        load_params(model)
    assert str(error.value).startswith(f"params/{model.replace('-', '_')}.yaml: {problem}")


def test_all_wrong_parameters_are_named_at_once(
    model: str, set_params: Callable[..., None]
) -> None:
    set_params(model, **{"split.test_fraction": 7, "drift.psi": -3, "data.sorce": "x"})
    with pytest.raises(ParamsError, match="has 3 problems:") as error:
        load_params(model)
    for key in ("split.test_fraction", "drift.psi", "data.sorce"):
        assert f"\n  {key}: " in str(error.value)


def test_invalid_yaml_is_named_with_its_line(home: Path, model: str) -> None:
    path = home / "params" / f"{model.replace('-', '_')}.yaml"
    path.write_text("data:\n  source: [sample\n")
    with pytest.raises(ParamsError, match=rf"params/{path.name}:3: not valid YAML"):
        load_params(model)


def test_a_key_that_occurs_twice_is_named_with_both_lines(home: Path, model: str) -> None:
    for path, load in (
        (home / "config" / "local.yaml", load_settings),
        (home / "params" / f"{model.replace('-', '_')}.yaml", lambda: load_params(model)),
    ):
        path.write_text("data:\n  source: a\n  rows: 3\n  source: b\n")
        twice = rf"{path.name}:4: not valid YAML: source is already set in line 2"
        with pytest.raises((SettingsError, ParamsError), match=twice):
            load()


def test_a_key_of_a_merged_mapping_can_be_replaced() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {<<: *a, x: 3}\nc: {<<: *b, y: 4}\n"
    assert strict_yaml.load(text)["c"] == {"x": 3, "y": 4}


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("gates.floors", {"accuracy": 0.9}, "gates.floors.accuracy: {task} has one of primary, "),
        ("gates.ceilings", {"brierr": 1}, "gates.ceilings.brierr: {task} has one of primary, "),
        ("gates.champion_margin", {"gini": 0}, "gates.champion_margin.gini: {task} has one of "),
        ("gates.unused_inputs", ["none_such"], "gates.unused_inputs: 'none_such': unknown; "),
        ("decision", {"treshold": 0.5}, "decision.treshold: {task} has "),
        ("train.calibration", "platt", "train.calibration: {task} has one of none"),
    ],
)
def test_a_parameter_that_does_not_fit_the_model_is_named_before_rows_are_read(
    model: str,
    home: Path,
    set_params: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    key: str,
    value: object,
    problem: str,
) -> None:
    set_params(model, **{key: value, "data.source": "no-such-file.csv"})
    expected = problem.format(task=models.load(model).task.NAME)
    with pytest.raises(ParamsError) as error:
        ingest(model, str(home / "rows.parquet"))
    assert str(error.value).startswith(f"params/{model.replace('-', '_')}.yaml: {expected}")
    assert doctor.main() == 1
    assert expected in capsys.readouterr().out


def test_each_part_of_a_decision_has_a_range(model: str, set_params: Callable[..., None]) -> None:
    modules = models.load(model)
    for name in modules.task.DECISION:
        set_params(model, **{f"decision.{name}": 7})
        with pytest.raises(ParamsError, match=rf"decision\.{name}: expected a number from 0 to 1"):
            modules.check(load_params(model))


def test_every_parameter_is_documented(home: Path, model: str) -> None:
    def keys(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
        for key, value in values.items():
            if isinstance(value, Mapping) and value and f"{prefix}{key}" not in FREE:
                yield from keys(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}"

    text = (Path(__file__).parents[1] / "docs" / "parameters.md").read_text()
    parameters = msgspec.to_builtins(load_params(model))
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
        "- {id: a, title: The repository, kind: setting, value: audit.root, hint: look it up}\n"
    )
    assert doctor.main() == 0
    path = home / "config" / "local.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "audit": {"root": None}}))
    assert doctor.main() == 1
    assert "audit.root is not set for environment 'local'" in capsys.readouterr().out
    monkeypatch.setenv("MLOPS_AUDIT__ROOT", "records")
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
