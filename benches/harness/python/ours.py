"""The package as a Python program uses it: one client for all threads."""

import driver
import skm

args = driver.arguments()
client = skm.Client(driver.config(args))
consent = skm.Consent.explicit(driver.NOTICE)


def verify_scan() -> None:
    result = client.verify_scan(qr_text=driver.QR_TEXT, consent=consent)
    if not result.is_green or not result.name:
        raise SystemExit("not green")


def verify_id() -> None:
    result = client.verify_id(number=driver.NUMBER, name=driver.NAME, consent=consent)
    if not result.is_green or not result.name:
        raise SystemExit("not green")


call = verify_id if args.interface == "id" else verify_scan
driver.run(args, lambda: call)
