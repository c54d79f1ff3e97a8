"""Run the service as a SageMaker container does: `python -m <package>.serving.sagemaker`.

SageMaker starts `serve`, unpacks the model in /opt/ml/model and sends requests to port 8080.
"""

from __future__ import annotations

import os

from .container import serve


def main() -> None:
    """Serve the model unpacked by SageMaker."""
    serve(
        os.environ.get("SM_MODEL_DIR", "/opt/ml/model"),
        {
            # SageMaker sets SAGEMAKER_BIND_TO_PORT if several containers share a host.
            "MLOPS_SERVING__PORT": os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"),
            # The root file system may be read-only; /tmp is always writable.
            "MLOPS_SERVING__PREDICTION_LOG": "/tmp/predictions.jsonl",
            # Only the endpoint reaches the container, and IAM authenticates callers.
            "MLOPS_AUTH__PLATFORM_PATHS": "/invocations",
        },
    )


if __name__ == "__main__":
    main()
