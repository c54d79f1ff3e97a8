"""The service: validates rows against the data contract, scores them, logs what it answered."""
