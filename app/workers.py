"""Serves the application: in this process, or in several worker processes that share one socket.

Workers are uvicorn's: its supervisor starts one anew that died or hangs, replaces all one by one on SIGHUP, and on SIGTERM lets
each finish the requests under way. Each worker opens the published version for itself and moves on to new ones for itself.
"""

import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

import uvicorn

# What a worker makes its application with.
FACTORY = "app.main:from_environment"


def serve(
    make_app: Callable[[], Any],
    listening: socket.socket,
    *,
    workers: int,
    drain_s: int,
    environment: Mapping[str, str],
) -> None:
    """Serve until a signal says to stop. ``environment`` is what workers read their settings from.

    Requests under way get ``drain_s`` seconds to end.
    """
    if workers == 1:
        config = uvicorn.Config(
            make_app(),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=drain_s,
        )
        uvicorn.Server(config).run(sockets=[listening])
        return
    from uvicorn.supervisors import Multiprocess

    os.environ.update(environment)
    config = uvicorn.Config(
        FACTORY, factory=True, workers=workers, log_config=None, access_log=False, server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=drain_s,
    )  # fmt: skip
    Multiprocess(config, [listening]).run()
