"""Run the service as a Vertex AI container does: `python -m <package>.serving.vertex`.

Vertex AI names port and routes in AIP_* variables. It copies the model to a bucket of its own and
says where in AIP_STORAGE_URI; the address can be read like any other that the artifact store has.
"""

from __future__ import annotations

import os

from ..platform import artifacts
from ..platform.errors import UserError
from .container import serve
from .protocols.vertex import predict_route


def main() -> None:
    """Serve the model that Vertex AI was given."""
    uri = os.environ.get("AIP_STORAGE_URI")
    try:
        folder = str(artifacts.local_copy(uri)) if uri else None
        path = predict_route()
    except UserError as error:
        raise SystemExit(f"serving: {error}") from None
    serve(
        folder,
        {
            "MLOPS_SERVING__PORT": os.environ.get("AIP_HTTP_PORT", "8080"),
            "MLOPS_SERVING__PREDICTION_LOG": "/tmp/predictions.jsonl",
            # Nothing but the endpoint reaches the container, and it has checked the caller (IAM).
            "MLOPS_AUTH__PLATFORM_PATHS": path,
        },
    )


if __name__ == "__main__":
    main()
