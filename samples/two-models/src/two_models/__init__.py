"""two-models: data, training, serving, monitoring."""

import sys

# Python has this name only while it looks up the module of `python -m`: this process is a command.
if sys.argv[:1] == ["-m"]:
    from .platform import interrupts

    interrupts.install()
