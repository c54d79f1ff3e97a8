"""Infrastructure of the steps: settings, files, records and checks.

You rarely need to edit these files; see `AGENTS.md`.
"""
