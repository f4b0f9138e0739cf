"""httpx.AsyncClient with a pool of 64 connections; ``--threads`` is how many calls are in flight."""

import ssl

import driver
import httpx
import wire

args = driver.arguments()
path, headers, body, check = wire.exchange(args.interface)
url = args.url + path


def opened() -> httpx.AsyncClient:
    verify = ssl.create_default_context(cafile=args.ca) if args.ca else True
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    return httpx.AsyncClient(verify=verify, limits=limits, timeout=httpx.Timeout(30.0), trust_env=False)


async def call(client: httpx.AsyncClient) -> None:
    answer = await client.post(url, content=body(), headers=headers)
    check(answer.status_code, answer.content)


driver.run_async(args, opened, call)
