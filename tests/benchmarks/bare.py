"""What a search cannot do without, in a bare FastAPI application: ``python -m tests.benchmarks.bare INDEX``.

``/empty`` takes a question and returns nothing; ``/parts`` embeds the question and queries Chroma and tantivy, and returns what
they return. No middleware, no analysis, no fusion, no catalogue.
"""

import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from app import analysis
from app.embedding import load_embedder
from app.index import open_current
from app.retrieval.retriever import CANDIDATES


class Body(BaseModel):
    """Body of both routes."""

    query: str


def create_bare(index_dir: Path) -> FastAPI:
    """Return the application over one index."""
    index = open_current(index_dir)
    embedder = load_embedder()
    embedder.encode(["warm"])
    app = FastAPI()

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/empty")
    def empty(body: Body) -> dict[str, Any]:
        return {}

    @app.post("/parts")
    def parts(body: Body) -> dict[str, Any]:
        [vector] = embedder.encode([body.query])
        dense = index.dense.search(vector, min(CANDIDATES, len(index.lexical)))
        lexical = index.lexical.search([("terms", term, 1.0) for term in analysis.terms(body.query)], CANDIDATES)
        return {"dense": dense, "lexical": lexical}

    return app


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(create_bare(Path(sys.argv[1])), log_level="warning", server_header=False)
    uvicorn.Server(config).run(sockets=[listening])
