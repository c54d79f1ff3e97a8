"""The service that one writes first: FastAPI, a DataFrame, predict_proba."""

import os
from typing import Literal

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel, Field

model = joblib.load(os.environ["MODEL"])
app = FastAPI()


class Row(BaseModel):
    tenure_months: float = Field(ge=0, le=240)
    monthly_price: float = Field(ge=0, le=500)
    usage_gb: float = Field(ge=0, le=2000)
    support_calls: int = Field(ge=0, le=100)
    days_since_login: float = Field(ge=0, le=365)
    failed_payments: int = Field(ge=0, le=50)
    sessions_per_week: int = Field(ge=0, le=500)
    discount: float = Field(ge=0, le=1)
    plan: Literal["basic", "standard", "premium"]
    contract: Literal["monthly", "yearly", "two_years"]
    payment: Literal["card", "transfer", "invoice", "wallet"]
    region: Literal["north", "south", "east", "west"]


class Request(BaseModel):
    rows: list[Row]


@app.get("/healthz")
def healthz():
    return {"status": "ok"}


@app.post("/predict")
def predict(request: Request):
    frame = pd.DataFrame([row.model_dump() for row in request.rows])
    return {"predictions": model.predict_proba(frame)[:, 1].tolist()}
