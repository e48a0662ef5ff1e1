"""What a browser says on the wire, said without one: signing in, asking for pages over the websocket, taking files."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from urllib.parse import urlencode

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

PATIENCE = 60  # seconds


class Visitor:
    """Somebody at the dashboard's address. `received`: every message and every file that came, as it came."""

    def __init__(self, address: str) -> None:
        self.received: list[bytes] = []
        self._address = address
        self._web = httpx.Client(base_url=address, timeout=PATIENCE)
        self._opened = ExitStack()
        self._socket: ClientConnection | None = None
        self._session = ""
        self._page = ""
        self._elements: list[Element] = []

    def sign_in(self, email: str) -> None:
        """Go to the provider, be that person, and come back."""
        self.ask()
        choice = self._web.get(self._sent_to_provider(), follow_redirects=True)
        link = next(each for each in re.findall('href="([^"]+)"', choice.text) if urlencode({"email": email}) in each)
        self._web.get(choice.url.join(link), follow_redirects=True)
        self._close()

    def open(self, page: str = "", **query: str) -> str:
        """Open an address in a new tab; gives all that came in answer, as text."""
        self._close()
        return self.ask(page, **query)

    def ask(self, page: str = "", **query: str) -> str:
        """Go to a page in the same tab; gives all that came in answer, as text."""
        message = BackMsg()
        message.rerun_script.page_name = self._page = page
        message.rerun_script.query_string = urlencode(query)
        return self._answer(message)

    def fill_in(self, values: Mapping[str, str], button: str) -> str:
        """Fill in fields of the page in front of the visitor, by their keys, and press a button."""
        message = BackMsg()
        message.rerun_script.page_name = self._page
        for key, value in values.items():
            message.rerun_script.widget_states.widgets.add(id=self._id(key), string_value=value)
        message.rerun_script.widget_states.widgets.add(id=self._id(button), trigger_value=True)
        return self._answer(message)

    def failures(self) -> list[str]:
        """The exceptions that the page in front of the visitor shows."""
        return [str(each.exception) for each in self._elements if each.WhichOneof("type") == "exception"]

    def offered(self) -> list[tuple[str, str]]:
        """The files that the page in front of the visitor offers: the label of each, and the id to ask for it by."""
        buttons = [each.download_button for each in self._elements if each.WhichOneof("type") == "download_button"]
        return [(button.label, button.deferred_file_id) for button in buttons]

    def take(self, file_id: str) -> bytes:
        """Take a file; gives its content, unpacked. Nothing where the server refuses."""
        message = BackMsg()
        message.backend_operation_request.request_id = "file"
        message.backend_operation_request.session_id = self._session
        message.backend_operation_request.deferred_file.file_id = file_id
        self._connected().send(message.SerializeToString())
        while True:
            came = self._receive()
            if came.WhichOneof("type") == "backend_operation_response":
                break
        response = came.backend_operation_response
        if response.error_msg:
            return b""
        content = unpacked(self._web.get(response.deferred_file.url).raise_for_status().content)
        self.received.append(content)
        return content

    def everything(self) -> bytes:
        """All that came so far."""
        return b"\n".join(self.received)

    def leave(self) -> None:
        """Close the browser that there is not."""
        self._close()
        self._web.close()

    def _sent_to_provider(self) -> str:
        """Press the button; gives where the answer sends the browser."""
        message = BackMsg()
        message.rerun_script.widget_states.widgets.add(id=self._id("sign-in"), trigger_value=True)
        self._connected().send(message.SerializeToString())
        while True:
            came = self._receive()
            if came.WhichOneof("type") == "auth_redirect":
                return came.auth_redirect.url

    def _id(self, key: str) -> str:
        """The id of a widget of the page by its key; that of a form's button by the form's."""
        ids = [getattr(getattr(element, str(element.WhichOneof("type"))), "id", "") for element in self._elements]
        return next(each for each in ids if each.endswith(f"-{key}") or f"FormSubmitter:{key}-" in each)

    def _answer(self, message: BackMsg) -> str:
        self._elements = []
        self._connected().send(message.SerializeToString())
        began = len(self.received)
        while True:
            came = self._receive()
            kind = came.WhichOneof("type")
            if kind == "new_session":
                self._session = came.new_session.initialize.session_id
            elif kind == "delta" and came.delta.WhichOneof("type") == "new_element":
                self._elements.append(came.delta.new_element)
            elif kind == "script_finished" and came.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return b"\n".join(self.received[began:]).decode("utf-8", "replace")

    def _receive(self) -> ForwardMsg:
        data = self._connected().recv(PATIENCE)
        assert isinstance(data, bytes)
        self.received.append(data)
        return ForwardMsg.FromString(data)

    def _connected(self) -> ClientConnection:
        if self._socket is None:
            if "_streamlit_xsrf" not in self._web.cookies:
                self._web.get("/_stcore/health")
            xsrf = self._web.cookies["_streamlit_xsrf"]
            opening = connect(
                f"{self._address.replace('http', 'ws', 1)}/_stcore/stream",
                origin=self._address,
                subprotocols=["streamlit", xsrf],
                additional_headers={"Cookie": "; ".join(f"{name}={text}" for name, text in self._web.cookies.items())},
                max_size=None,
            )
            self._socket = self._opened.enter_context(opening)
        return self._socket

    def _close(self) -> None:
        self._opened.close()
        self._socket = None


def unpacked(content: bytes) -> bytes:
    """A file with the parts of a workbook and the streams of a PDF as they were before they were compressed."""
    parts = [content]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts += [archive.read(name) for name in archive.namelist()]
    if content.startswith(b"%PDF"):
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
            with suppress(zlib.error):
                parts.append(zlib.decompressobj().decompress(stream))
    return b"\n".join(parts)
