"""The dashboard's server. Its settings travel with the package, and nothing that is set on the machine weakens them."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tomllib
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any, get_args
from urllib.parse import urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import logs
from dashboard.access.headers import SecurityHeaders
from dashboard.access.roles import Page
from dashboard.access.session import BEHIND_PROXY, SIGNING_IN
from dashboard.access.sign_in import SignIn
from pipelines import home, loopback, publish, snapshots
from pipelines.errors import ActionableError

CLINIC = Path(__file__).parent / "app.py"
NETWORK = Path(__file__).parent / "network.py"
PAGES_OF = {CLINIC: ".pages", NETWORK: ".views.network"}
SETTINGS = Path(__file__).parent / ".streamlit" / "config.toml"
ADDRESSES = frozenset({"/", "/my_caseload", *(f"/{page}" for page in get_args(Page))})
HEALTH = "/health"
SCRIPTS = '<script src="./app/static/root.js"></script><script src="./app/static/desk.js" defer></script>'
EVERY_ADDRESS = ("0.0.0.0", "::")
PORTS = {"http": 80, "https": 443}
FIRST_PORT, TRIED = 8501, 50


class NoPortError(ActionableError):
    """No port of those asked for is free."""


class KnownHosts:
    """Refuses a request whose Host is not a name of this server, or whose Origin is not that Host.

    A page elsewhere on the web can have its own name resolve to this machine and then read what is served here; so can
    a page that another program serves on another port of it. Streamlit checks the Host of websockets only, and only the
    name of an Origin; and before it refuses a foreign one, it asks an address on the internet for the machine's own
    address.

    A proxy in front keeps the Host that the browser asked for. `by_https`: names by which browsers come by HTTPS only.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str], by_https: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._names = names
        self._by_https = by_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Called by the server for each request, websocket and its own start."""
        if scope["type"] in ("http", "websocket") and not self._knows(Headers(scope=scope)):
            refusal = PlainTextResponse("This server does not go by that name.", status_code=400)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _knows(self, headers: Headers) -> bool:
        origin, host = headers.get("origin"), headers.get("host", "")
        scheme = origin.partition("://")[0].lower() if origin else "http"
        asked = _place(f"{scheme}://{host}")
        if asked is None or asked[0] not in self._names:
            return False
        return origin is None or (_place(origin) == asked and (scheme == "https" or asked[0] not in self._by_https))


class PagesAndHealth:
    """Answers the address of a page with Streamlit's own HTML page, and `/health` for a monitor.

    Streamlit's page looks for its server below its own address first, such as at `/trends/_stcore/health`: a script of
    ours says in it where the server is. Another script answers clicks, and is there before there is anything to click.
    """

    def __init__(self, app: ASGIApp, homes: Sequence[Path]) -> None:
        self._app = app
        self._homes = homes
        index = Path(st.__file__).with_name("static") / "index.html"
        self._page = index.read_text("utf-8").replace("<script", f"{SCRIPTS}<script", 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Called by the server for each request, websocket and its own start."""
        answers = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if answers and scope["path"] in ADDRESSES:
            await HTMLResponse(self._page)(scope, receive, send)
        elif answers and scope["path"] == HEALTH:
            problem = await run_in_threadpool(why_unwell, self._homes)
            await PlainTextResponse(problem or "ok", 503 if problem else 200)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def why_unwell(homes: Sequence[Path]) -> str:
    """Why the newest snapshot is not what is served, and of how many homes, in a sentence; nothing if all is well."""
    unwell = [problem for each in homes if (problem := _problem(each))]
    return f"{len(unwell)} of {len(homes)} homes: {unwell[0]}" if unwell and len(homes) > 1 else "".join(unwell)


def _problem(folder: Path) -> str:
    served = snapshots.in_force(folder)
    if served.snapshot is None:
        return "No snapshot can be shown."
    if served.damaged or served.pointer_lost:
        return "The newest snapshot is damaged or missing."
    return publish.made_by_another(served.snapshot)


def serve(
    homes: Sequence[Path],
    port: int,
    address: str = loopback.ADDRESS,
    public_name: str | None = None,
    *,
    signing_in: SignIn | None = None,
    behind_proxy: bool = False,
    log_json: bool = False,
) -> None:
    """Serve the dashboard of a home, or a network's of several, until it is stopped.

    `public_name`: the name by which browsers reach it, if a proxy is in front. `behind_proxy`: the operator states that
    the proxy lets in only those who may see every client. `log_json`: log lines of JSON.
    """
    disregard(os.environ)
    if len(homes) == 1:
        os.environ[home.VARIABLE] = str(homes[0].resolve())
    else:
        os.environ[home.NETWORK] = home.as_a_network(homes)
    for variable, stated in ((BEHIND_PROXY, behind_proxy), (SIGNING_IN, signing_in is not None)):
        os.environ.pop(variable, None)
        if stated:
            os.environ[variable] = "yes"
    app_file = CLINIC if len(homes) == 1 else NETWORK
    https = frozenset({signing_in.public_name} - {*loopback.NAMES}) if signing_in and signing_in.https else frozenset()
    public_name = public_name or (signing_in.public_name if signing_in else None)
    sys.argv[:] = [str(app_file)]  # Streamlit looks for what lies beside the app, such as static/, beside argv[0]
    app = st.App(
        app_file,
        secrets={"auth": signing_in.auth} if signing_in else {},
        middleware=[
            Middleware(SecurityHeaders, https=bool(signing_in and signing_in.https)),
            Middleware(KnownHosts, names=names(address, public_name), by_https=https),
            Middleware(PagesAndHealth, homes=homes),
        ],
    )
    # The pages are loaded while the first reader is still on the way.
    Thread(target=import_module, args=(PAGES_OF[app_file], __package__), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the caller can still clean up
    logged: dict[str, Any] = {}
    if log_json:
        logs.as_json()
        logged["logger.messageFormat"] = logs.FORMAT
    with suppress(KeyboardInterrupt):
        app.run(config=settings(port, address, public_name) | logged)


def free_port(address: str, port: int | None = None) -> int:
    """The port, or the first free one of the usual ones if none is given. Raises NoPortError."""
    ports = [port] if port else range(FIRST_PORT, FIRST_PORT + TRIED)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    refused = ""
    for each in ports:
        with socket.socket(family) as probe:
            if os.name == "posix":  # so that a port left a minute ago is free; Windows would take one in use
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, each))
            except OSError as error:
                refused = error.strerror or str(error)
            else:
                return each
    tried = f"port {port}" if port else f"any port from {ports[0]} to {ports[-1]}"
    raise NoPortError(f"It cannot listen on {tried} of {address}: {refused}. Choose another with --port.")


def settings(port: int, address: str, public_name: str | None) -> dict[str, Any]:
    """Streamlit's options by their dotted names. They count as flags, which override everything else."""
    given = dict(_dotted(tomllib.loads(SETTINGS.read_text("utf-8"))))
    hosts = sorted(names(address, public_name))
    given |= {"server.port": port, "server.address": address, "server.allowedHosts": hosts}
    return given | ({"browser.serverAddress": public_name} if public_name else {})


def names(address: str, public_name: str | None) -> frozenset[str]:
    """The names and addresses by which a browser may ask for the dashboard."""
    own = {*loopback.NAMES} if address in EVERY_ADDRESS else {*loopback.NAMES, address}
    return frozenset(own | {public_name} if public_name else own)


def disregard(environment: MutableMapping[str, str]) -> None:
    """Take all of Streamlit's own settings out of the environment, and say which they were."""
    found = sorted(name for name in environment if name.startswith("STREAMLIT_"))
    for name in found:
        del environment[name]
    if found:
        print(f"Not followed, for the dashboard has its own settings: {', '.join(found)}.", file=sys.stderr)


def _place(origin: str) -> tuple[str | None, int | None] | None:
    """The name and port of an origin; None if it has none. Without a port it is the usual one of its scheme."""
    try:
        parts = urlsplit(origin)
        return parts.hostname, parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None


def _dotted(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _dotted(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
