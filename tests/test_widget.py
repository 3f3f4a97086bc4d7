"""The widget's script as it is put together and sent: size, names, caching. What it does, tests/browser shows."""

import gzip
import re
from importlib.resources import files

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.widget import widget_script

MODULES = sorted(
    (path.name, path.read_text(encoding="utf-8")) for path in files("app.widget").iterdir() if path.name.endswith(".js")
)
LARGEST = 20_000


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    app = create_app(Settings(index_dir=tmp_path_factory.mktemp("none")))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def test_the_script_is_small():
    packed = gzip.compress(widget_script().body, 9)
    assert len(packed) <= LARGEST


def test_every_module_is_in_the_script_once_and_none_asks_for_another():
    body = widget_script().body.decode()
    assert not re.search(r"^\s*(import|export)\b", body, re.MULTILINE)
    for name, source in MODULES:
        declared = re.findall(r"^export (?:async )?(?:function\*?|class) (\w+)", source, re.MULTILINE)
        for thing in declared:
            found = re.findall(rf"^(?:async )?(?:function\*?|class) {thing}\b", body, re.MULTILINE)
            assert len(found) == 1, (name, thing)


def test_no_two_modules_use_one_name():
    # They share one scope in the script.
    seen: dict[str, str] = {}
    for name, source in MODULES:
        for thing in re.findall(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)", source, re.MULTILINE):
            assert seen.setdefault(thing, name) == name, f"{thing} in {name} and {seen[thing]}"


@pytest.mark.parametrize(("name", "source"), MODULES, ids=[name for name, _ in MODULES])
def test_a_module_is_short_and_builds_nothing_from_markup(name, source):
    assert source.count("\n") <= 300
    for forbidden in (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "style=", ".style.",
        "localStorage", "document.cookie", "XMLHttpRequest", "createContextualFragment", "setHTML", "DOMParser",
    ):  # fmt: skip
        assert forbidden not in source, forbidden
    assert not re.search(r"""["'`](?:style|script|img|iframe|link)["'`]\s*[,)]""", source)


def test_the_script_is_fetched_again_only_when_it_has_changed(client):
    first = client.get("/widget.js")
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    assert first.headers["content-encoding"] == "gzip"
    assert first.content == widget_script().body
    again = client.get("/widget.js", headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert again.status_code == 304
    assert again.content == b""
    assert client.get("/widget.js", headers={"If-None-Match": '"x"'}).status_code == 200


def test_the_script_under_its_digest_is_kept_for_good(client):
    digest = widget_script().digest
    assert "immutable" in client.get(f"/widget.js?v={digest}").headers["cache-control"]
    assert client.get("/widget.js?v=0000").headers["cache-control"] == "no-cache"


def test_who_takes_no_gzip_gets_the_script_plain(client):
    response = client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in response.headers
    assert response.content == widget_script().body
    assert "Accept-Encoding" in response.headers["vary"]
