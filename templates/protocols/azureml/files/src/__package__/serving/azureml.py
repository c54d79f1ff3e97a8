"""Run the service as an Azure ML container does: `python -m <package>.serving.azureml`.

Azure ML mounts the model and says where in AZUREML_MODEL_DIR; the environment's inference_config
names port and routes: 5001, `/healthz` for life, `/readyz` for readiness, `/score`.
"""

from __future__ import annotations

import os

from .container import serve


def main() -> None:
    """Serve the model that Azure ML mounted."""
    serve(
        os.environ.get("AZUREML_MODEL_DIR"),
        {
            "MLOPS_SERVING__PORT": "5001",
            "MLOPS_SERVING__PREDICTION_LOG": "/tmp/predictions.jsonl",
            # Nothing but the endpoint reaches the container, and it has checked the caller.
            "MLOPS_AUTH__PLATFORM_PATHS": "/score",
        },
    )


if __name__ == "__main__":
    main()
