"""A unit that runs the command against the second platform: one invented person, one code, one notice."""

CONSENT = "notice A-12"
NUMBER, NAME, MOBILE = "32000019851227770X", "𠮷·O'Brien", "13800001234"
QR = "https://skm.example.invalid/a/index.html?qrCode=V596bc9213d08df46ed307f633dcf17432320000&b=k%2BFF%3D%2F#/result"


class Unit:
    def __init__(self, command, platform, base, config):
        self.command, self.platform, self.base, self.config = command, platform, base, config

    def run(self, name, *arguments, **more):
        return self.command.run(name, "--config", self.config, *arguments, "--json", **more)

    def token(self, *more, number=NUMBER, stdin=b""):
        return self.run(
            "token",
            "--name",
            NAME,
            "--number",
            number,
            "--mobile",
            MOBILE,
            "--consent",
            CONSENT,
            *more,
            stdin=stdin,
        )

    def scan(self, *more, qr=QR, stdin=b""):
        return self.run("scan", "--qr", qr, "--consent", CONSENT, *more, stdin=stdin)

    def id(self, *more, number=NUMBER, name=NAME, stdin=b""):
        return self.run("id", "--number", number, "--name", name, "--consent", CONSENT, *more, stdin=stdin)

    def last(self):
        return self.platform.requests[-1]
