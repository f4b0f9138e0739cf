"""The package's asyncio client; ``--threads`` is how many calls are in flight."""

import driver
import skm
import skm.aio

args = driver.arguments()
consent = skm.Consent.explicit(driver.NOTICE)


def opened() -> skm.aio.Client:
    sections = driver.config(args)
    # As the peer: a pool of 64 connections, the other calls wait for one.
    sections["http"]["max_connections"] = min(sections["http"]["max_connections"], 64)
    return skm.aio.Client(sections)


async def verify_scan(client: skm.aio.Client) -> None:
    result = await client.verify_scan(qr_text=driver.QR_TEXT, consent=consent)
    if not result.is_green or not result.name:
        raise SystemExit("not green")


async def verify_id(client: skm.aio.Client) -> None:
    result = await client.verify_id(number=driver.NUMBER, name=driver.NAME, consent=consent)
    if not result.is_green or not result.name:
        raise SystemExit("not green")


driver.run_async(args, opened, verify_id if args.interface == "id" else verify_scan)
