#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Many TCP connections at once, each with its own data.

usage: parallel.py serve PORT | ask SERVER PORT COUNT

The server sends the peer's address and port in a line, then all it gets back.
"""

import asyncio
import os
import sys


async def echo(reader, writer):
    address, port = writer.get_extra_info("peername")
    writer.write(f"{address} {port}\n".encode())
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def one(server, port, barrier):
    """Opens, waits until all are open, sends, compares; the external endpoint."""
    reader, writer = await asyncio.open_connection(server, port)
    endpoint = await reader.readline()
    await barrier()
    data = os.urandom(5000)
    writer.write(data)
    if await reader.readexactly(len(data)) != data:
        raise ValueError("other data came back")
    writer.close()
    await writer.wait_closed()
    return endpoint


async def ask(server, port, count):
    opened, all_open = 0, asyncio.Event()

    async def barrier():
        nonlocal opened
        opened += 1
        if opened == count:
            all_open.set()
        await all_open.wait()

    endpoints = await asyncio.wait_for(
        asyncio.gather(*(one(server, port, barrier) for _ in range(count))), 60
    )
    print(f"{len(endpoints)} connections, {len(set(endpoints))} external ports")
    return len(set(endpoints)) == count


async def serve(port):
    server = await asyncio.start_server(echo, "0.0.0.0", port, backlog=512)
    await server.serve_forever()


if sys.argv[1] == "serve":
    asyncio.run(serve(int(sys.argv[2])))
sys.exit(not asyncio.run(ask(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
