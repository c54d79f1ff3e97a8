"""JAX on the CPU: one thread and no messages about other devices, unless its variables differ."""

from __future__ import annotations

import os
from functools import cache

import jax

# A batch of table rows is too small for several threads. With one, the sums of floats also do not
# depend on the number of cores.
FLAG = "--xla_cpu_multi_thread_eigen"


@cache
def start() -> None:
    """Choose the CPU and one thread. Call this before the first computation of the process.

    JAX_PLATFORMS keeps its value, and so does the same flag in XLA_FLAGS.
    """
    # Programs would otherwise name the source files of this machine.
    jax.config.update("jax_traceback_in_locations_limit", 0)
    if not os.environ.get("JAX_PLATFORMS"):
        jax.config.update("jax_platforms", "cpu")
    given = os.environ.get("XLA_FLAGS", "")
    if FLAG not in given:
        os.environ["XLA_FLAGS"] = f"{given} {FLAG}=false".strip()
