"""Run a rollout: `python -m <package>.router --config <file>`. SIGTERM answers open requests."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import logging
import signal
from pathlib import Path

from aiohttp import web

from .config import Config, ConfigError, load
from .connections import BODY_SECONDS, BoundedServer, problem
from .controller import Controller
from .metrics import RouterMetrics
from .proxy import Proxy
from .state import StateFile


def main() -> None:
    """Route until a signal arrives; if it cannot start, print one sentence and exit with 1."""
    parser = argparse.ArgumentParser(description="Route requests to two versions of the service.")
    parser.add_argument("--config", type=Path, required=True, help="YAML or JSON file")
    logging.basicConfig(level=logging.WARNING, format="router: %(message)s")
    try:
        asyncio.run(serve(load(parser.parse_args().config)))
    except ConfigError as error:
        raise SystemExit(f"router: {error}") from None


async def serve(config: Config, stop: asyncio.Event | None = None) -> None:
    """Route until `stop` is set, or until SIGTERM or SIGINT without it. Raises ConfigError."""
    if stop is None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    metrics = RouterMetrics()
    state = StateFile(config)
    proxy = Proxy(config, state, metrics)
    server = BoundedServer(
        proxy.handle,
        config.max_connections,
        config.max_body_bytes,
        lambda reason: metrics.refused.labels(reason).inc(),
    )
    metrics.connections.set_function(lambda: server.count)

    async def show(request: web.BaseRequest, _: bytes) -> web.Response:
        if request.path == "/metrics":
            return web.Response(body=metrics.render(), headers={"content-type": "text/plain"})
        if request.path == "/router/state":
            return web.json_response(state.value.content())
        return problem(404, "this port has /metrics and /router/state")

    # An open request ends within these limits: its body, then an answer of each version.
    grace = BODY_SECONDS + 2 * config.timeout_seconds + 1
    async with contextlib.AsyncExitStack() as stack:
        await proxy.start()
        stack.push_async_callback(proxy.stop)
        await _listen(stack, BoundedServer(show, 64), config.metrics_host, config.metrics_port, 1)
        controller = asyncio.create_task(Controller(config, state, metrics, proxy).run())
        stack.push_async_callback(_cancel, controller)
        # Entered last, so that it ends first: the port closes, and open requests are answered.
        await _listen(stack, server, config.host, config.port, grace)
        stopped = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({stopped, controller}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if controller in done:
            # It ends only by an error: fail loudly instead of routing without a judge.
            controller.result()


async def _listen(
    stack: contextlib.AsyncExitStack, server: BoundedServer, host: str, port: int, grace: float
) -> None:
    runner = web.ServerRunner(server, shutdown_timeout=grace)
    await runner.setup()

    async def close() -> None:
        for site in list(runner.sites):
            await site.stop()
        await server.drain(grace)
        await runner.cleanup()

    stack.push_async_callback(close)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            problem = f"port {port} of {host} is taken: stop the other program, or set another port"
        else:
            problem = f"cannot listen on {host}:{port}: {error.strerror or error}"
        raise ConfigError(problem) from None


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    main()
