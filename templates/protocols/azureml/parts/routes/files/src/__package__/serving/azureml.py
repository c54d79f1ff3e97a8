"""Run the service as an Azure ML container does: `python -m <package>.serving.azureml`.

Azure ML mounts the model and sets its folder in AZUREML_MODEL_DIR. The `inference_config` of the
environment sets port 5001 and the routes `/healthz` (liveness), `/readyz` (readiness) and `/score`.
"""

from __future__ import annotations

import os

from .container import serve


def main() -> None:
    """Serve the model mounted by Azure ML."""
    serve(
        os.environ.get("AZUREML_MODEL_DIR"),
        {
            "MLOPS_SERVING__PORT": "5001",
            "MLOPS_SERVING__PREDICTION_LOG": "/tmp/predictions.jsonl",
            # Only the endpoint reaches the container, and it authenticates callers.
            "MLOPS_AUTH__PLATFORM_PATHS": "/score",
        },
    )


if __name__ == "__main__":
    main()
