"""The security headers of every answer: what a browser may load, from where, and who may frame it."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Parts of Streamlit that nothing here needs: for programs that drive a page, for figures about the server, for uploads.
CLOSED = ("/_stcore/agent", "/_stcore/metrics", "/_stcore/upload_file")
# Files that are the same for everyone, and may stay in a browser's cache.
FOR_EVERYONE = ("/static/", "/app/static/")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = 365 * 24 * 60 * 60


def content_security_policy(host: str) -> str:
    """What a browser may load and connect to: this server, by the name and port that it was asked by, and nothing else.

    Streamlit compiles Vega's expressions and its own WebAssembly in the page, and writes styles into it; the one script
    in its page is allowed by its digest.
    """
    sockets = f" ws://{host} wss://{host}" if re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", host) else ""
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' {_inline_scripts()}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "frame-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


@cache
def _inline_scripts() -> str:
    page = Path(streamlit.__file__).with_name("static") / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text("utf-8"), re.DOTALL)
    digests = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


class SecurityHeaders:
    """Adds the headers to every answer, and refuses requests that nothing here needs.

    `https`: browsers come by HTTPS, and must come by nothing else.
    """

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self._app = app
        self._headers = HEADERS | ({"Strict-Transport-Security": f"max-age={YEAR}"} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Called by the server for each request, websocket and its own start."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = content_security_policy(host)
                for name, value in self._headers.items():
                    headers[name] = value
                if not scope["path"].startswith(FOR_EVERYONE):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        app = PlainTextResponse("There is nothing here.", 404) if scope["path"].startswith(CLOSED) else self._app
        await app(scope, receive, send_with_headers)
