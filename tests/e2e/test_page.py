"""The H5 page of clause 6.2 in a real browser, at the size of a phone."""

import time
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from independent.sign import CHINA
from support.browser import Phone, start_chromium
from support.sandbox import params_of, start_sandbox

# The page asks for a new code after three quarters of this; a loaded machine must scan the old one before.
SHORT_LIFE_S = 12
LEVELS = {
    "green": ("绿码 · Green", 0, lambda r, g, b: g > r and g > b),
    "yellow": ("黄码 · Yellow", 10, lambda r, g, b: r > g > 2 * b),
    "red": ("红码 · Red", 11, lambda r, g, b: r > 2 * g and r > 2 * b),
    "unknown": ("未知 · Unknown", 12, lambda r, g, b: max(r, g, b) - min(r, g, b) < 60),
}


@pytest.fixture
def hasty(command, tmp_path):
    """A sandbox whose codes do not live long."""
    with start_sandbox(command, tmp_path, "--qr-life", str(SHORT_LIFE_S)) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    with start_chromium() as running:
        yield running


@pytest.fixture
def phone(browser, tmp_path):
    made = Phone(browser, tmp_path)
    yield made
    made.close()


def url_of(sandbox, person):
    token = sandbox.client.issue_user_token(params_of(person))
    return token["token"], sandbox.client.display_url(token)


def show(sandbox, phone, person):
    token, url = url_of(sandbox, person)
    response = phone.open(url)
    phone.wait("#pass")
    return token, response


def scan(command, sandbox, text):
    """The text goes in by standard input, as from a scanner."""
    ran = command.run(
        "scan",
        "--config",
        sandbox.config_file,
        "--qr",
        "-",
        "--consent",
        "notice at gate 3",
        "--json",
        stdin=text.encode(),
    )
    return ran.exit, ran.json()


def test_from_token_to_verdict_and_past_a_refresh(command, hasty, phone):
    person = hasty.person()
    token, _ = show(hasty, phone, person)
    old_markup, old = phone.code_markup(), phone.read_code()
    exit_code, said = scan(command, hasty, old)
    assert (exit_code, said["verdict"], said["name"]) == (0, "green", person["name"])

    phone.wait_until(lambda: phone.code_markup() != old_markup)
    exit_code, said = scan(command, hasty, old)
    assert (exit_code, said["verdict"]) == (5, "unverified")
    assert (said["error"]["name"], said["error"]["platform_code"]) == ("qr_expired", "111")
    new = phone.read_code()
    assert new != old and scan(command, hasty, new)[0] == 0

    assert len(phone.requests) >= 4
    first, *later = phone.requests
    assert token in first.url
    for request in later:
        assert token not in request.url and person["number"] not in request.url
        assert token not in request.all_headers().get("referer", "")
    assert {urlsplit(request.url).netloc for request in phone.requests} == {urlsplit(hasty.base).netloc}
    assert token not in phone.page.url and token not in phone.page.content()
    assert phone.console == []


@pytest.mark.parametrize("level", sorted(LEVELS))
def test_every_level_has_its_colour_its_word_and_its_verdict(command, sandbox, phone, level):
    word, exit_code, is_right = LEVELS[level]
    person = sandbox.person(level)
    show(sandbox, phone, person)
    assert phone.text("#word") == word
    assert is_right(*phone.colour()), phone.colour()
    assert scan(command, sandbox, phone.read_code())[0] == exit_code
    assert phone.text("#name") == person["name"][0] + "*" * (len(person["name"]) - 1)
    assert phone.text("#number") == person["number"][:3] + "*" * 13 + person["number"][-2:]
    content = phone.page.content()
    assert person["name"] not in content and person["number"] not in content and person["mobile"] not in content
    assert phone.sideways_pixels() <= 0


def test_the_clock_runs_in_chinese_time(sandbox, phone):
    show(sandbox, phone, sandbox.person())
    before = phone.text("#time")
    phone.wait_until(lambda: phone.text("#time") != before)
    shown = datetime.strptime(phone.text("#date") + phone.text("#time"), "%Y-%m-%d%H:%M:%S").replace(tzinfo=CHINA)
    assert abs(shown.timestamp() - time.time()) < 5


def test_english_and_back(sandbox, phone):
    show(sandbox, phone, sandbox.person())
    chinese = phone.text("body")
    assert "健康提示" in chinese and "勤洗手" in chinese
    phone.page.tap("#language")
    english = phone.text("body")
    assert "Advice" in english and "wash your hands" in english and "勤洗手" not in english
    assert "绿码 · Green" in english
    assert phone.page.get_attribute("html", "lang") == "en"
    assert phone.sideways_pixels() <= 0
    phone.page.tap("#language")
    assert "勤洗手" in phone.text("body") and phone.page.get_attribute("html", "lang") == "zh-CN"


def test_the_page_is_locked_down(sandbox, phone):
    _, response = show(sandbox, phone, sandbox.person())
    headers = response.all_headers()
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    phone.page.evaluate(
        """() => { const script = document.createElement('script'); script.textContent = 'window.broken = 1';
                   document.body.append(script);
                   const image = document.createElement('img'); image.src = 'http://127.0.0.1:9/x.png';
                   document.body.append(image); }"""
    )
    phone.page.wait_for_timeout(300)
    assert phone.page.evaluate("window.broken") is None
    assert sum("Content Security Policy" in line for line in phone.console) == 2, phone.console


def test_a_reload_works_without_the_token_in_the_address(command, sandbox, phone):
    token, _ = show(sandbox, phone, sandbox.person())
    phone.page.reload()
    phone.wait("#pass")
    assert scan(command, sandbox, phone.read_code())[0] == 0
    assert sum(token in request.url for request in phone.requests) == 1


def test_two_pages_of_one_person_leave_each_other_alone(command, sandbox, browser, phone, tmp_path):
    person = sandbox.person()
    show(sandbox, phone, person)
    text = phone.read_code()
    other = Phone(browser, tmp_path / "other")
    (tmp_path / "other").mkdir()
    try:
        show(sandbox, other, person)
        assert scan(command, sandbox, text)[0] == 0
        assert scan(command, sandbox, other.read_code())[0] == 0
    finally:
        other.close()


@pytest.mark.parametrize(
    "query, words",
    [
        ("?token=" + "0" * 64, ("登录信息无效", "not valid")),
        ("", ("没有收到登录信息", "No sign-in")),
        ("?token=%3Cscript%3Ealert(1)%3C/script%3E", ("登录信息无效", "not valid")),
    ],
)
def test_a_bad_token_gets_a_plain_message(sandbox, phone, query, words):
    phone.open(sandbox.base + "/jkmIndex.html" + query)
    phone.wait("#message")
    shown = phone.text("#message")
    assert all(word in shown for word in words), shown
    assert phone.code_markup() == "" and not phone.page.is_visible("#pass")
    assert "token" not in phone.page.url and phone.sideways_pixels() <= 0


def test_an_expired_token_and_a_foreign_uuid(sandbox, phone):
    _, url = url_of(sandbox, sandbox.person())
    phone.open(url.split("&uuid=")[0] + "&uuid=P000")
    phone.wait("#message")
    assert "登录信息无效" in phone.text("#message")
    sandbox.clock(offset_s=1801)
    phone.open(url)
    phone.wait("#message")
    assert "登录已过期" in phone.text("#message") and "expired" in phone.text("#message")


def test_an_expired_code_never_looks_like_a_good_one(command, hasty, phone):
    """The platform goes away while the page is open: the old code is covered; it comes back: a new one is shown."""
    show(hasty, phone, hasty.person())
    rule = hasty.fault("display", "drop_before")
    phone.page.wait_for_selector("#cover", state="visible", timeout=(SHORT_LIFE_S + 4) * 1000)
    assert "过期" in phone.text("#cover")
    assert "绿" not in phone.text("#word") and "Green" not in phone.text("#word")
    with pytest.raises(AssertionError):
        phone.read_code()
    assert hasty.ask("DELETE", "/_sandbox/faults/{}".format(rule))[0] == 200
    phone.page.wait_for_selector("#cover", state="hidden")
    assert scan(command, hasty, phone.read_code())[0] == 0


def test_without_a_connection_the_page_says_so_and_tries_again(sandbox, phone):
    _, url = url_of(sandbox, sandbox.person())
    # The second call is the script's: the page itself has arrived.
    sandbox.fault("display", "drop_inside", nth=2)
    phone.open(url)
    phone.wait("#message")
    assert "暂时无法连接" in phone.text("#message")
    phone.wait("#pass")


def test_without_script_the_page_asks_for_it(sandbox, browser, tmp_path):
    plain = Phone(browser, tmp_path, java_script_enabled=False)
    try:
        plain.open(url_of(sandbox, sandbox.person())[1])
        assert "JavaScript" in plain.text("body")
    finally:
        plain.close()


@pytest.mark.parametrize("width", [320, 360, 768])
def test_no_sideways_scrolling_and_big_enough_to_touch(sandbox, browser, tmp_path, width):
    made = Phone(browser, tmp_path, viewport={"width": width, "height": 740})
    try:
        show(sandbox, made, sandbox.person(papers_type="2"))
        assert made.sideways_pixels() <= 0
        for selector in ("#language", "#refresh"):
            box = made.page.query_selector(selector).bounding_box()
            assert box["height"] >= 36 and box["width"] >= 44, (selector, box)
        code = made.page.query_selector("#code svg").bounding_box()
        assert code["width"] >= 200 and abs(code["width"] - code["height"]) < 2
    finally:
        made.close()


def test_the_code_fits_the_first_screen(sandbox, phone):
    """Nobody scrolls at a gate: word, code and clock are on the first 740 pixels."""
    show(sandbox, phone, sandbox.person())
    for selector in ("#time", "#code svg", "#word"):
        box = phone.page.query_selector(selector).bounding_box()
        assert 0 <= box["y"] and box["y"] + box["height"] <= 740, (selector, box)
