"""Steps: functions on URIs, and commands: `python -m <package>.steps.<step>`."""
