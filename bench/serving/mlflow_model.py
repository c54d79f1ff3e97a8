"""Save the pipeline as an MLflow model: mlflow_model.py FILE ROW FOLDER."""

import json
import sys

import joblib
import mlflow.sklearn
import pandas as pd
from mlflow.models import infer_signature

file, row, folder = sys.argv[1:]
model = joblib.load(file)
frame = pd.DataFrame([json.loads(row)])
mlflow.sklearn.save_model(
    model,
    folder,
    signature=infer_signature(frame, model.predict_proba(frame)),
    pyfunc_predict_fn="predict_proba",
    serialization_format="cloudpickle",
    pip_requirements=["scikit-learn"],
)
