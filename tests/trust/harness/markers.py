"""What is planted, how it might be spelled where it leaks, and the search for it."""

import base64
import binascii
import urllib.parse


class Marker:
    """A value that must not be seen again, and those of its parts that no mask may show."""

    def __init__(self, name, value, *parts):
        self.name = name
        self.texts = (value, *parts)

    def spellings(self):
        """For each text the ways of writing it that are looked for, as bytes; short ones would be found by chance."""
        return [sorted({one for one in _spellings(text) if len(one) >= 6}) for text in self.texts]


def _spellings(text):
    plain = text.encode("utf-8")
    escaped = "".join(char if char < "\x7f" else _escape(char) for char in text)
    yield plain
    yield text.encode("gb18030")
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield escaped.encode("ascii")
    yield escaped.upper().replace("\\U", "\\u").encode("ascii")
    for quoted in (urllib.parse.quote(text, safe=""), urllib.parse.quote_plus(text)):
        yield quoted.encode("ascii")
        yield quoted.lower().encode("ascii")
        yield urllib.parse.quote(quoted, safe="").encode("ascii")
    yield binascii.hexlify(plain)
    yield binascii.hexlify(plain).upper()
    # As Debug writes a list of bytes.
    yield ", ".join(str(byte) for byte in plain).encode("ascii")
    # Base64 wherever in a longer text it may begin: what depends on the neighbours is cut off.
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + plain)
        inner = encoded[4 if shift else 0 : -4]
        if len(inner) >= 8:
            yield inner


def _escape(char):
    units = char.encode("utf-16-be")
    return "".join("\\u{:02x}{:02x}".format(*units[at : at + 2]) for at in range(0, len(units), 2))


class Search:
    """Looks for all markers in one place after the other, and counts."""

    def __init__(self, markers):
        texts = [(marker.name, spellings) for marker in markers for spellings in marker.spellings()]
        self._spellings = sorted({(name, spelling) for name, spellings in texts for spelling in spellings})
        # How many ways of writing a text has: the fewest and the most.
        self.fewest = min((len(spellings) for _, spellings in texts), default=0)
        self.most = max((len(spellings) for _, spellings in texts), default=0)
        self.markers = len(markers)
        self.places = 0
        self.bytes = 0
        self.hits = []

    @property
    def spellings(self):
        """How many byte strings are looked for."""
        return len(self._spellings)

    def look(self, place, content):
        """Searches one place; whether it is clean."""
        before = len(self.hits)
        self.places += 1
        self.bytes += len(content)
        for name, spelling in self._spellings:
            at = content.find(spelling)
            if at >= 0:
                line = content.count(b"\n", 0, at) + 1
                self.hits.append("{}: {} in line {}".format(place, name, line))
        return len(self.hits) == before

    def proves_itself(self):
        """Every spelling is found where it is planted: a search that finds nothing must be able to find."""
        for name, spelling in self._spellings:
            trial = Search([])
            trial._spellings = self._spellings
            trial.look("trial", b"before " + spelling + b" after")
            assert any(": {} in".format(name) in hit for hit in trial.hits), (name, spelling)
