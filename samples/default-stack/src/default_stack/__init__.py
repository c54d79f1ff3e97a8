"""default-stack: data, training, serving, monitoring."""

import os
import sys

from .platform import network

network.share(os.environ)

# Python has this name only while it looks up the module of `python -m`: this process is a command.
if sys.argv[:1] == ["-m"]:
    from .platform import interrupts

    interrupts.install()
