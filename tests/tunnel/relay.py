"""A tunnel program: it passes connections from one port on to another, and says which URL it has.

Run as `relay.py PUBLIC_PORT LOCAL_PORT [URL]`. Port 0 is any free one; PORT in the URL is replaced by it.
"""

from __future__ import annotations

import asyncio
import sys


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def main(public_port: int, local_port: int, url: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await asyncio.open_connection("127.0.0.1", local_port)
        await asyncio.gather(_copy(reader, to), _copy(there, writer), return_exceptions=True)
        to.close()
        writer.close()

    server = await asyncio.start_server(serve, "0.0.0.0", public_port)
    print(url.replace("PORT", str(server.sockets[0].getsockname()[1])), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), (*sys.argv[3:], "relay on PORT")[0]))
