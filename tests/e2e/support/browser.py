"""Chromium of the system, driven by Playwright, and `zbarimg`, which reads a QR code from a picture."""

import contextlib
import re
import shutil
import subprocess
import time

from playwright.sync_api import sync_playwright

WAIT_S = 20
PHONE = {"width": 360, "height": 740}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
]


def find(*names):
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise FileNotFoundError(
        "none of {} is installed: make test-e2e leaves the browser test out".format(", ".join(names))
    )


@contextlib.contextmanager
def start_chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find("chromium", "chromium-browser"), headless=True, args=FLAGS
        )
        try:
            yield browser
        finally:
            browser.close()


def decode(picture):
    """The text of the one QR code in a PNG file."""
    done = subprocess.run(
        [find("zbarimg"), "--quiet", "--raw", "--set", "*.enable=0", "--set", "qrcode.enable=1", str(picture)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    texts = done.stdout.decode("utf-8").splitlines()
    assert len(texts) == 1, (done.returncode, texts, done.stderr)
    return texts[0]


class Phone:
    """One browser context the size of a phone; remembers every request and everything the console said."""

    def __init__(self, browser, folder, **options):
        options = {
            "viewport": PHONE,
            "device_scale_factor": 2,
            "is_mobile": True,
            "has_touch": True,
            "locale": "zh-CN",
            **options,
        }
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(WAIT_S * 1000)
        self.folder = folder
        self.requests = []
        self.console = []
        self.pictures = 0
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))

    def open(self, url):
        return self.page.goto(url)

    def wait(self, selector):
        self.page.wait_for_selector(selector, state="visible")

    def text(self, selector):
        return self.page.inner_text(selector)

    def picture(self):
        """A screenshot of what the phone shows, as a file."""
        self.pictures += 1
        file = self.folder / "screen-{}.png".format(self.pictures)
        self.page.screenshot(path=str(file))
        return file

    def read_code(self):
        return decode(self.picture())

    def code_markup(self):
        return self.page.inner_html("#code")

    def wait_until(self, true):
        """Asks again and again; the page's policy forbids Playwright's own way, which needs `eval` there."""
        end = time.monotonic() + WAIT_S
        while not true():
            assert time.monotonic() < end, "waited {} s in vain".format(WAIT_S)
            self.page.wait_for_timeout(50)

    def sideways_pixels(self):
        """How far the page can be scrolled sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def colour(self):
        """Red, green and blue of the dark modules."""
        fill = self.page.evaluate("getComputedStyle(document.querySelector('#code svg path')).fill")
        return tuple(int(part) for part in re.findall(r"[0-9]+", fill)[:3])

    def close(self):
        self.context.close()
