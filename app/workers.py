"""Serves the application: in this process, or in several worker processes that share one socket.

Workers are uvicorn's: its supervisor starts one anew that died or hangs, replaces all one by one on SIGHUP, and on SIGTERM lets
each finish the requests under way. Each worker opens the published version for itself and moves on to new ones for itself.
"""

import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.connections import Connections

# What a worker makes its application with.
FACTORY = "app.main:from_environment"


def serve(
    make_app: Callable[[], Any],
    listening: socket.socket,
    *,
    workers: int,
    drain_s: int,
    environment: Mapping[str, str],
    connections: Connections,
) -> None:
    """Serve until a signal says to stop. ``environment`` is what workers read their settings from.

    Requests under way get ``drain_s`` seconds to end. Each process has bounds on connections as ``connections`` has them.
    """
    common: dict[str, Any] = {
        "http": connections, "ws": "none", "log_config": None, "access_log": False, "server_header": False,
        "proxy_headers": False, "timeout_graceful_shutdown": drain_s,
    }  # fmt: skip
    if workers == 1:
        uvicorn.Server(uvicorn.Config(make_app(), **common)).run(sockets=[listening])
        return
    os.environ.update(environment)
    Supervisor(uvicorn.Config(FACTORY, factory=True, workers=workers, **common), [listening]).run()


class Supervisor(Multiprocess):
    """uvicorn's supervisor, which lets go of the socket when it stops.

    While any process holds the socket the kernel goes on taking connections for it, and nobody would answer them: they
    would hang until the last worker has drained. Without a holder they are refused at once, and another service is tried.
    """

    def terminate_all(self) -> None:
        """Tell the workers to stop, and take no more connections."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()
