"""What the steps stand on: settings, files, records, checks. Rarely edited; see `AGENTS.md`."""
