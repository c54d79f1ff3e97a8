"""The image is pinned, runs without root, contains no secrets, and lacks no file."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
STAGES = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, flags=re.MULTILINE))


def test_base_images_are_pinned_by_digest() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE)
    assert images
    assert all(re.search(r"@sha256:[0-9a-f]{64}$", image) for image in set(images) - STAGES)


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)", DOCKERFILE, flags=re.MULTILINE)
    assert users
    assert all(user.split(":")[0] not in {"root", "0"} for user in users)


def test_files_that_the_image_copies_exist_and_are_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, flags=re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert sources
    for source in sources:
        # `make setup` creates uv.lock.
        assert source.endswith("uv.lock") or (ROOT / source).exists()
        assert source not in ignored
        assert f"{source}/" not in ignored


def test_secrets_are_ignored_by_the_build() -> None:
    assert ".env" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """A container engine that writes its arguments to `calls`; `run` exits with `status`."""
    program = tmp_path / "docker"
    program.write_text(
        "#!/bin/sh\n"
        'echo "$*" >> "$(dirname "$0")/calls"\n'
        'test "$1" != save || touch "$3"\n'
        'test "$1" != run || exit "$(cat "$(dirname "$0")/status")"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    (tmp_path / "status").write_text("0", encoding="utf-8")
    return program


def _make(target: str, engine: Path, native: str = "") -> subprocess.CompletedProcess[str]:
    command = ["make", target, f"ENGINE={engine}", f"NATIVE={native}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def _calls(engine: Path) -> list[str]:
    return (engine.parent / "calls").read_text(encoding="utf-8").splitlines()


def test_the_image_records_its_revision(engine: Path) -> None:
    done = _make("image", engine)
    assert done.returncode == 0, done.stderr
    build = next(call for call in _calls(engine) if call.startswith("build"))
    assert "--file deploy/Dockerfile" in build
    for name in re.findall(r"--build-arg (\w+)=\S+", build):
        assert re.search(rf"^ARG {name}=", DOCKERFILE, flags=re.MULTILINE)
        assert re.search(rf"=\${name}\b|\${{{name}:\+", DOCKERFILE)
    assert re.search(r"REVISION=([0-9a-f]{40}(-dirty)?|unknown) ", build)


def test_a_model_without_onnx_adds_its_framework_to_the_image(engine: Path) -> None:
    for native in ("", "1"):
        assert _make("image", engine, native).returncode == 0
    builds = [call for call in _calls(engine) if call.startswith("build")]
    assert [re.search(r"NATIVE=(\S*) ", call)[1] for call in builds] == ["", "1"]
    # The first stage is that of the service, which can have an environment of its own.
    first, *others = re.findall(r"uv sync ([^\n]*)", DOCKERFILE)
    for item in [first, *(other for other in others if "--extra serve" in other)]:
        assert re.search(r"\$\{NATIVE:\+--extra native\}", item)
    command = ["make", "--dry-run", "image", f"ENGINE={engine}"]
    default = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ".platform.image)" in default.stdout


def test_a_finding_in_the_image_fails_the_scan(engine: Path) -> None:
    done = _make("scan-image", engine)
    assert done.returncode == 0, done.stderr
    scan = next(call for call in _calls(engine) if call.startswith("run"))
    assert re.search(r"trivy:[\w.]+@sha256:[0-9a-f]{64} image ", scan)
    mounted = re.findall(r"--volume (\S+?):(\S+?):ro", scan)
    assert "/accepted.yaml" in [inside for _, inside in mounted]
    assert all(Path(outside).exists() for outside, _ in mounted)
    assert "--exit-code 1" in scan
    assert not (ROOT / "reports" / "image.tar").exists()
    (engine.parent / "status").write_text("1", encoding="utf-8")
    assert _make("scan-image", engine).returncode != 0


def test_accepted_vulnerabilities_have_the_format_of_trivy() -> None:
    accepted = yaml.safe_load((ROOT / "security" / "accepted.yaml").read_text(encoding="utf-8"))
    assert list(accepted) == ["vulnerabilities"]
