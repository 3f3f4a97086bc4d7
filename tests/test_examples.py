"""The example server gives its page a token that the service takes, and gives nobody the key."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.access.keys import KeyStore
from app.main import create_app
from app.settings import Settings
from tests.serving import served

ROOT = Path(__file__).parent.parent
QUESTION = {"question": "Wat zegt VWN over de Terugkeerverordening?"}


@pytest.fixture
def page(letter_index, tmp_path, unused_port):
    """Yield the addresses of the page and of the service, and the key between them."""
    origin = f"http://127.0.0.1:{unused_port}"
    store = KeyStore.open(tmp_path / "access")
    key = store.add("intranet", ["token"])
    store.close()
    settings = Settings(
        index_dir=letter_index, state_dir=tmp_path / "state", access="keys", access_dir=tmp_path / "access", origins=(origin,)
    )  # fmt: skip
    with served(create_app(settings)) as service:
        environment = {**os.environ, "KEY": key, "SERVICE": service, "PORT": str(unused_port)}
        command = [sys.executable, str(ROOT / "examples" / "page_server.py")]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
            assert origin in server.stdout.readline()
            yield origin, service, key
            server.terminate()


@pytest.fixture
def unused_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def test_the_page_of_another_origin_asks_with_a_token_and_never_sees_the_key(page):
    origin, service, key = page
    shown = httpx.get(origin)
    assert f"{service}/widget.js" in shown.text
    assert "http-equiv" not in shown.text
    for text in (shown.text, httpx.get(f"{origin}/token.js").text, shown.headers["content-security-policy"]):
        assert key not in text
    given = httpx.post(f"{origin}/briefwijzer-token", headers={"Origin": origin}).json()
    assert given["expires_in"] > 0
    asking = {"Authorization": f"Bearer {given['token']}"}
    assert httpx.post(f"{service}/v1/ask", json=QUESTION, headers={**asking, "Origin": origin}).status_code == 200
    assert (
        httpx.post(f"{service}/v1/ask", json=QUESTION, headers={**asking, "Origin": "http://127.0.0.1:1"}).status_code
        == 403
    )


def test_the_frame_on_a_page_gets_a_token_that_is_good_inside_it_alone(page):
    origin, service, key = page
    shown = httpx.get(f"{origin}/frame")
    assert f'<iframe src="{service}/embed?' in shown.text
    assert f"frame-src {service}" in shown.headers["content-security-policy"]
    for text in (shown.text, httpx.get(f"{origin}/frame.js").text):
        assert key not in text
    given = httpx.post(f"{origin}/briefwijzer-frame-token", headers={"Origin": origin}).json()
    asking = {"Authorization": f"Bearer {given['token']}"}
    for asker, status in ((service, 200), (origin, 403)):
        headers = {**asking, "Origin": asker}
        assert httpx.post(f"{service}/v1/ask", json=QUESTION, headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/briefwijzer-token", "/briefwijzer-frame-token"])
def test_another_page_gets_no_token(page, path):
    origin, _, _ = page
    assert httpx.post(f"{origin}{path}", headers={"Origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize("path", ["/page_server.py", "/../README.md", "/token.js/../page_server.py"])
def test_the_example_sends_its_own_files_alone(page, path):
    assert httpx.get(page[0] + path).status_code == 404


def test_under_another_name_the_page_leads_to_the_one_that_tokens_are_for(page):
    origin, _, _ = page
    led = httpx.get(
        f"{origin}/frame", headers={"Host": origin.removeprefix("http://").replace("127.0.0.1", "localhost")}
    )
    assert (led.status_code, led.headers["location"]) == (302, f"{origin}/frame")


def test_a_service_that_is_away_is_said_to_be_so(unused_port):
    environment = {**os.environ, "KEY": "bw_x", "SERVICE": "http://127.0.0.1:9", "PORT": str(unused_port)}
    command = [sys.executable, str(ROOT / "examples" / "page_server.py")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline()
        given = httpx.post(f"http://127.0.0.1:{unused_port}/briefwijzer-token")
        server.terminate()
    assert given.status_code == 502
    assert "http://127.0.0.1:9 cannot be reached" in given.json()["detail"]


ASKING = """
let asked = 0;
const widget = {};
globalThis.document = { querySelector: () => widget };
globalThis.fetch = async () => {
  asked += 1;
  const token = `token ${asked}`;
  if (asked === 3) throw new Error("away");
  await new Promise((done) => setTimeout(done, 5));
  return { json: async () => ({ token, expires_in: 300 }) };
};
await import(`data:text/javascript,${encodeURIComponent(process.argv[1])}`);
const seen = [await Promise.all([widget.getToken(), widget.getToken()]), await widget.getToken()];
seen.push(await Promise.all([widget.getToken("token 1"), widget.getToken("token 1")]));
seen.push(await widget.getToken("token 2").catch((error) => error.message), await widget.getToken(), asked);
console.log(JSON.stringify(seen));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_a_page_asks_for_one_token_at_a_time_and_for_another_where_one_is_refused():
    script = (ROOT / "examples" / "token.js").read_text(encoding="utf-8")
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", ASKING, script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    seen = json.loads(done.stdout)
    assert seen == [["token 1"] * 2, "token 1", ["token 2"] * 2, "away", "token 4", 4]
