"""API keys: kept as digests, compared in constant time, ended at once."""

import ast
import multiprocessing
import sqlite3
import stat
from pathlib import Path

import pytest

import app.access.keys
from app.access.keys import KeyStore, period
from app.errors import SettingsError, UnauthorizedError


@pytest.fixture
def store(tmp_path, clock):
    opened = KeyStore.open(tmp_path / "access", clock)
    yield opened
    opened.close()


def test_a_key_is_known_by_its_name_and_scopes(store):
    shown = store.add("intranet", ["ask", "token"])
    key = store.checked(shown)
    assert (key.name, key.scopes, key.expires) == ("intranet", {"ask", "token"}, None)
    assert [k.name for k in store.listed()] == ["intranet"]


def test_the_secret_stands_nowhere_in_the_file(store, tmp_path):
    secret = store.add("intranet", ["ask"]).split("_", 2)[2]
    for path in (tmp_path / "access").iterdir():
        assert secret.encode() not in path.read_bytes()


def test_others_cannot_read_the_file(store, tmp_path):
    assert stat.S_IMODE((tmp_path / "access" / "keys.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "access").stat().st_mode) == 0o700


def test_two_keys_are_never_alike(store):
    assert len({store.add(f"key{number}", ["ask"]).split("_")[1] for number in range(50)}) == 50


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key[:4] + ("0" if key[4] != "0" else "1") + key[5:],
        lambda key: key + "x",
        lambda key: key[:-1],
        lambda key: key.upper(),
        lambda key: key + "\n",
        lambda key: "",
        lambda key: "bw_",
        lambda key: "bw_' OR 1=1 --_" + "a" * 43,
        lambda key: key.replace("bw_", "bw_é"),
        lambda key: "\0" + key,
    ],
)
def test_a_key_with_anything_changed_is_not_known(store, change):
    shown = store.add("intranet", ["ask"])
    with pytest.raises(UnauthorizedError) as refusal:
        store.checked(change(shown))
    assert shown not in str(refusal.value)


def test_secrets_are_compared_in_constant_time_and_no_other_way():
    tree = ast.parse(Path(app.access.keys.__file__).read_text(encoding="utf-8"))
    checked = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "checked")
    calls = {ast.unparse(n.func) for n in ast.walk(checked) if isinstance(n, ast.Call)}
    assert "hmac.compare_digest" in calls
    compared = [ast.unparse(n) for n in ast.walk(checked) if isinstance(n, ast.Compare)]
    assert all("digest" not in text and "parts" not in text for text in compared), compared


def test_a_key_ends_with_its_time(store, clock):
    shown = store.add("for a day", ["ask"], period("1d"))
    clock.now += 86_399
    assert store.checked(shown).state(clock()) == "active"
    clock.now += 1
    with pytest.raises(UnauthorizedError, match="expired"):
        store.checked(shown)
    assert store.listed()[0].state(clock()) == "expired"


def test_a_revoked_key_ends_and_its_name_is_free_again(store):
    first = store.add("intranet", ["ask"])
    store.revoke("intranet")
    with pytest.raises(UnauthorizedError, match="revoked"):
        store.checked(first)
    second = store.add("intranet", ["ask"])
    assert store.checked(second).name == "intranet"
    with pytest.raises(UnauthorizedError):
        store.checked(first)


def _revoke(directory):
    other = KeyStore.open(Path(directory))
    other.revoke("intranet")
    other.close()


def test_a_key_that_another_process_revokes_ends_with_the_next_request(tmp_path):
    store = KeyStore.open(tmp_path / "access")
    shown = store.add("intranet", ["ask"])
    assert store.checked(shown)
    process = multiprocessing.get_context("spawn").Process(target=_revoke, args=(str(tmp_path / "access"),))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == 0
    with pytest.raises(UnauthorizedError, match="revoked"):
        store.checked(shown)
    store.close()


@pytest.mark.parametrize("name", ["", " x", "a/b", "x" * 65, "a\nb", "<b>"])
def test_a_name_that_cannot_stand_in_a_log_is_refused(store, name):
    with pytest.raises(SettingsError, match="name"):
        store.add(name, ["ask"])


def test_wrong_scopes_and_taken_names_are_refused_with_what_would_do(store):
    store.add("intranet", ["ask"])
    with pytest.raises(SettingsError, match="already"):
        store.add("intranet", ["ask"])
    with pytest.raises(SettingsError, match=r"'admin'.*ask, search"):
        store.add("other", ["admin"])
    with pytest.raises(SettingsError, match="scope"):
        store.add("other", [])
    with pytest.raises(SettingsError, match="'nobody'"):
        store.revoke("nobody")


@pytest.mark.parametrize(("text", "seconds"), [("12h", 43_200), ("90d", 7_776_000), ("52w", 31_449_600)])
def test_periods_are_read(text, seconds):
    assert period(text) == seconds


@pytest.mark.parametrize("text", ["", "0d", "-1d", "90", "d", "1.5d", "99999d", "1y", "１d"])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(SettingsError, match="90d"):
        period(text)


def test_use_is_written_once_a_minute_and_never_goes_back(store, clock):
    key = store.checked(store.add("intranet", ["ask"]))
    assert store.is_use_due(key)
    store.note_use(key)
    first = clock.now
    clock.now += 30
    assert not store.is_use_due(key)
    clock.now += 31
    assert store.is_use_due(key)
    store.note_use(key)
    assert store.listed()[0].used == first + 61
    clock.now -= 3_600
    store.note_use(key)
    assert store.listed()[0].used == first + 61


def test_use_that_cannot_be_written_now_stops_nothing(tmp_path):
    store = KeyStore.open(tmp_path / "access")
    shown = store.add("intranet", ["ask"])
    store.close()
    store = KeyStore.open(tmp_path / "access")
    store._connection.execute("PRAGMA busy_timeout = 20")
    blocking = sqlite3.connect(tmp_path / "access" / "keys.sqlite", isolation_level=None)
    blocking.execute("BEGIN IMMEDIATE")
    key = store.checked(shown)
    store.note_use(key)
    assert store.find(key.id).used is None
    blocking.execute("COMMIT")
    blocking.close()
    assert store.is_use_due(key)
    store.note_use(key)
    assert store.find(key.id).used is not None
    store.close()


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "access").write_text("a file")
    with pytest.raises(SettingsError, match="BRIEFWIJZER_ACCESS_DIR"):
        KeyStore.open(tmp_path / "access")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "keys.sqlite").write_bytes(b"no database" * 500)
    with pytest.raises(SettingsError, match=r"keys\.sqlite"):
        KeyStore.open(tmp_path / "broken")


def test_the_file_alone_is_a_backup(store, tmp_path):
    shown = store.add("intranet", ["ask"])
    (tmp_path / "copy").mkdir()
    copied = tmp_path / "copy" / "keys.sqlite"
    copied.write_bytes((tmp_path / "access" / "keys.sqlite").read_bytes())
    other = KeyStore.open(tmp_path / "copy")
    assert other.checked(shown).name == "intranet"
    other.close()
