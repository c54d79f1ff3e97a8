"""The steps: each a pure function on URIs and a command, `python -m <package>.steps.<step>`."""
