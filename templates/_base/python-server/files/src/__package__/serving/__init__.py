"""The prediction service: validates rows against the data contract, scores them, logs them."""
