"""An OpenID Connect provider of the tests' own, on the loopback address: clicking a name signs in as that person."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "meshwork", "the-secret-of-the-client"


class Provider:
    """The people who can sign in: e-mail → further claims. `seen`: the paths that were asked for."""

    def __init__(self, people: dict[str, dict[str, object]]) -> None:
        self.people = people
        self.seen: list[str] = []
        self._key = RSAKey.generate_key(2048, parameters={"kid": "tests"})
        self._codes: dict[str, dict[str, str]] = {}
        self.issuer = ""

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def choose(self, asked: dict[str, str]) -> str:
        """The page on which a person signs in."""
        links = "".join(f'<a href="/as?{urlencode(asked | {"email": email})}">{email}</a><br>' for email in self.people)
        return f"<h1>Who are you?</h1>{links}"

    def back_with_code(self, asked: dict[str, str]) -> str:
        """The address to go back to, with a code for the chosen person."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, object] | None:
        """The signed token for a code, to the client that knows its secret and the verifier; None for others."""
        asked = self._codes.pop(form.get("code", ""), None)
        given = base64.b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ""
        by_form = f"{form.get('client_id')}:{form.get('client_secret')}"
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or f"{CLIENT_ID}:{CLIENT_SECRET}" not in (given, by_form)
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return None
        now = int(time.time())
        email = asked["email"]
        about = {"iss": self.issuer, "sub": f"id of {email}", "aud": CLIENT_ID, "iat": now, "exp": now + 3600}
        about |= {
            "nonce": asked.get("nonce", ""),
            "email": email,
            "email_verified": True,
            "name": email.partition("@")[0],
        }
        signed = jwt.encode({"alg": "RS256", "kid": "tests"}, about | self.people[email], self._key)
        return {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "expires_in": 3600,
            "id_token": signed,
        }

    def keys(self) -> dict[str, object]:
        return {"keys": [self._key.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]}


@contextmanager
def serving(people: dict[str, dict[str, object]]) -> Iterator[Provider]:
    """The provider, served until the end of the block."""
    provider = Provider(people)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            provider.seen.append(address.path)
            asked = {name: values[0] for name, values in parse_qs(address.query).items()}
            match address.path:
                case "/.well-known/openid-configuration":
                    self.answer(json.dumps(provider.metadata()), "application/json")
                case "/keys":
                    self.answer(json.dumps(provider.keys()), "application/json")
                case "/authorize":
                    self.answer(provider.choose(asked), "text/html")
                case "/as":
                    self.go(provider.back_with_code(asked))
                case "/end":
                    self.go(asked.get("post_logout_redirect_uri", provider.issuer))
                case _:
                    self.answer("", "text/plain", 404)

        def do_POST(self) -> None:
            provider.seen.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            token = provider.token(form, self.headers.get("Authorization", ""))
            self.answer(json.dumps(token or {"error": "invalid_grant"}), "application/json", 200 if token else 400)

        def answer(self, text: str, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def go(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
