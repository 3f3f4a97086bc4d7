"""Says in the OpenAPI document which routes want to know who asks."""

from typing import Any

from fastapi import FastAPI

from app.access.rules import needed


def describe_access(app: FastAPI) -> None:
    """Have the application's OpenAPI document name the bearer credentials, and each operation that needs them."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        document.setdefault("components", {})["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "description": "A key, a page's token, or a sign-in."}
        }
        for path, operations in document["paths"].items():
            if needed(path) is not None:
                for operation in operations.values():
                    operation["security"] = [{"bearer": []}]
        return document

    app.openapi = openapi  # type: ignore[method-assign]
