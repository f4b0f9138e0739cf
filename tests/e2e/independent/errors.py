"""The one exception of the independent client; `name` is an error name, as `skm errors` lists them."""


class Refused(Exception):
    def __init__(self, name, platform_code=None, text=None):
        super().__init__(name, platform_code, text)
        self.name = name
        self.platform_code = platform_code
        self.text = text
