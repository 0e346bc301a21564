"""Serves the delivery routes as a process of its own: `python -m … <database url> <home>`; prints its port."""

import sys
from pathlib import Path

import uvloop

from arena.kit.settings import Settings
from arena.marketplace.delivery import routes
from arena.web.serve import listen, make_server
from tests.http import make_app
from tests.marketplace.delivery.stage import open_parts


async def main(url: str, home: str) -> None:
    settings = Settings(home=Path(home), seed="test", port=0)
    async with open_parts(url, settings) as parts:
        app = make_app(parts.db, settings)
        app.router.routes.extend(routes(parts))
        listening = listen(settings)
        settings.port = listening.getsockname()[1]
        print(settings.port, flush=True)
        await make_server(app).serve(sockets=[listening])


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2]))
