"""Run the service as a Vertex AI container does: `python -m <package>.serving.vertex`.

Vertex AI sets the port and the routes in AIP_* variables. It copies the model to its own bucket and
sets the address in AIP_STORAGE_URI, from which the artifact store reads it.
"""

from __future__ import annotations

import os

from ..client.protocols.vertex import predict_route
from ..platform import artifacts
from ..platform.errors import UserError
from .container import serve


def main() -> None:
    """Serve the model deployed to Vertex AI."""
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
            # Only the endpoint reaches the container, and IAM authenticates callers.
            "MLOPS_AUTH__PLATFORM_PATHS": path,
        },
    )


if __name__ == "__main__":
    main()
