"""Run the service as a SageMaker container does: `python -m <package>.serving.sagemaker`.

SageMaker starts `serve`, unpacks the model below /opt/ml/model and asks at port 8080.
"""

from __future__ import annotations

import os

from .container import serve


def main() -> None:
    """Serve the model that SageMaker unpacked."""
    serve(
        os.environ.get("SM_MODEL_DIR", "/opt/ml/model"),
        {
            # SAGEMAKER_BIND_TO_PORT is set where several containers share a host.
            "MLOPS_SERVING__PORT": os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"),
            # The root file system of a container is not ours; /tmp always is.
            "MLOPS_SERVING__PREDICTION_LOG": "/tmp/predictions.jsonl",
            # Nothing but the endpoint reaches the container, and it has checked the caller (IAM).
            "MLOPS_AUTH__PLATFORM_PATHS": "/invocations",
        },
    )


if __name__ == "__main__":
    main()
