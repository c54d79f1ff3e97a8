"""Package a registered version as one archive: `make package-model`."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

from ..platform import artifacts
from ..registry import CHAMPION
from .packaging import registered, run


def archive(folder: Path) -> bytes:
    """Return a packaged model as a reproducible .tar.gz: equal files give equal bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(folder.iterdir()):
            member = tarfile.TarInfo(path.name)
            member.size = path.stat().st_size
            member.mode = 0o644
            with path.open("rb") as file:
                tar.addfile(member, file)
    return gzip.compress(packed.getvalue(), mtime=0)


def package(model: str, out: Path, alias: str = CHAMPION) -> dict[str, str]:
    """Write `<model>-<version>.tar.gz` and its .sha256 to a folder; return a summary.

    The files are first checked against the registered sha256. `pinned` in the summary is the value
    of `serving.pinned` that serves the archive. Raises UserError if no version has the alias,
    IntegrityError if a file is not the registered one.
    """
    found, folder = registered(model, alias)
    path = (out / f"{model}-{found.version}.tar.gz").resolve()
    artifacts.write_bytes(str(path), archive(folder))
    digest = artifacts.sha256_file(path)
    artifacts.write_bytes(f"{path}.sha256", f"{digest}  {path.name}\n".encode())
    return {
        "model": model,
        "version": found.version,
        "archive": str(path),
        "sha256": digest,
        "pinned": f"{model}:{found.version}=tar://::{path}#{found.sha256}",
    }


if __name__ == "__main__":
    raise SystemExit(run(package, __doc__ or "", "dist/models"))
