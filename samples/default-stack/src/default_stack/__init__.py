"""default-stack: from data to a served model, and back."""
