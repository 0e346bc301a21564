"""The front end as built: the addresses of an entry's files by the manifest, and the files themselves."""

import json
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUILT = Path(__file__).parent.parent / "static" / "built"
FOR_EVER = "public, max-age=31536000, immutable"  # each name holds a digest of its content


@cache
def assets(entry: str) -> dict[str, list[str]]:
    """Addresses of the scripts and styles of an entry; empty where the front end has not been built."""
    manifest = BUILT / "manifest.json"
    if not manifest.exists():
        return {"scripts": [], "styles": []}
    built = json.loads(manifest.read_text())[f"src/{entry}.ts"]
    return {
        "scripts": [f"/static/built/{built['file']}"],
        "styles": [f"/static/built/{style}" for style in built.get("css", [])],
    }


def mount_built(app: FastAPI) -> None:
    """Serves the built files, where there are any."""
    if BUILT.exists():
        app.mount("/static/built", _Built(directory=BUILT), name="built")


class _Built(StaticFiles):
    """Kept for ever by browsers; sent compressed, as the build has left it, to whoever takes that."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        accepts = next((v for k, v in scope["headers"] if k == b"accept-encoding"), b"")
        packed = b"gzip" in accepts and (BUILT / f"{path}.gz").is_file()
        response = await super().get_response(f"{path}.gz" if packed else path, scope)
        response.headers["Cache-Control"] = FOR_EVER
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if packed:
            response.headers["Content-Encoding"] = "gzip"
            kind = {".js": "text/javascript", ".css": "text/css"}.get(Path(path).suffix)
            if kind:
                response.headers["Content-Type"] = f"{kind}; charset=utf-8"
        return response
