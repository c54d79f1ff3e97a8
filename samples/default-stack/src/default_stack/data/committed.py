"""Check that a clone of this repository has the rows of each model, as a CI job needs them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from ..params import load_params
from ..platform import models
from ..platform.git import git
from ..platform.settings import project_root
from .sources import is_local_file


def not_in_a_clone(path: str) -> str | None:
    """Return why a clone cannot have a file, or None.

    The reason is that the file is outside of the repository, or the rule by which git ignores it.
    git never ignores a file that it tracks. Without a git repository, the result is None.
    """
    if not (project_root() / path).is_relative_to(project_root()):
        return f"{path} is outside of this repository"
    done = git(project_root(), "check-ignore", "--verbose", "--", path)
    return f"git ignores {path} ({done.split(chr(9))[0]})" if done else None


def problems() -> Iterator[str]:
    """Yield one sentence for each model whose rows a clone does not have."""
    for model in models.names():
        data = load_params(model).data
        if not is_local_file(data.source):
            continue
        paths = [path for path in (data.source, data.sample) if path is not None]
        reasons = [reason for path in paths if (reason := not_in_a_clone(path)) is not None]
        if len(reasons) == len(paths):
            yield (
                f"params/{model.replace('-', '_')}.yaml: a CI job has no rows of {model}, because "
                f"{', and '.join(reasons)}: commit the file, name a committed sample in "
                "data.sample, or set data.source to a URI (docs/your-own-data.md)"
            )


def main() -> None:
    """Print the problems and exit with 1 if there is one."""
    found = list(problems())
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
