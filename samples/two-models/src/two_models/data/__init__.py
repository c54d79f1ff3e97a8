"""Data sources, and revisions of the data."""
