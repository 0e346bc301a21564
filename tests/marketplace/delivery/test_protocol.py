"""The private parts of uvicorn that the quick way leans on, and the slow way where they are missing."""

import inspect

from starlette.types import Message
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from arena.kit.sockets import AsgiOutlet, DirectProtocol, outlet_of, text_frame
from tests.marketplace.delivery.stage import Publisher, Served, hear, subscriber, until


def test_uvicorn_still_has_what_we_lean_on() -> None:
    for method in (
        "handle_connect",
        "pause_writing",
        "resume_writing",
        "shutdown",
        "stop_keepalive",
    ):
        assert callable(getattr(WebSocketsSansIOProtocol, method))
    made = inspect.getsource(WebSocketsSansIOProtocol.__init__)
    for attribute in ("self.conn =", "self.queue:", "self.close_sent =", "self.disconnected =",
                      "self.writable =", "self.handshake_complete =", "self.ping_timeout =",
                      "self.transport:"):  # fmt: skip
        assert attribute in made, attribute
    assert "self.scope" in inspect.getsource(WebSocketsSansIOProtocol.handle_connect)


async def test_the_hub_writes_straight_to_the_transport(
    served: Served, publisher: Publisher
) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        await hear(socket, "caught_up")
        [connection] = served.delivery.hub.connections
        assert isinstance(connection.outlet, DirectProtocol)


async def test_on_another_server_frames_go_by_asgi_messages() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    outlet = outlet_of({"type": "websocket"}, send)
    assert isinstance(outlet, AsgiOutlet)
    assert outlet.push(text_frame(b"one") + text_frame(b"two"))
    await until(lambda: len(sent) == 2)
    assert [m["text"] for m in sent] == ["one", "two"]
    assert (outlet.queued_bytes(), outlet.congested) == (0, False)


async def test_on_another_server_a_lost_reader_is_noticed() -> None:
    async def send(_message: Message) -> None:
        raise OSError("gone")

    outlet = AsgiOutlet(send)
    assert outlet.push(text_frame(b"a" * 70_000))
    assert outlet.congested
    await until(lambda: not outlet.push(b""))
    await outlet.drained()
