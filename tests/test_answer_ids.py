"""Ids of answers carry what feedback needs, and only ours are taken."""

import base64
import dataclasses
import multiprocessing
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answer_ids import LONGEST, VALID_S, AnswerIds, stored_key
from app.answers import Answer, Citation
from app.errors import NotFoundError, StateError
from app.records import Cited

KEY = b"k" * 32
CITATION = Citation(
    1, "Vier jaar.", "brief-2025-12", "0123456789ab", "brief-2025-12", None, "Een brief", None, "vwn", None, None, None, None,
    4711, 4890, (), None, "/documents/brief-2025-12", None,
)  # fmt: skip
ANSWER = Answer(
    "abcdefgh12345678", "answered", "nl", "extractive", False, "…", None, (), (CITATION,), (), {}, (), None,
    "20261125T070000000000-abc123", 6.1,
)  # fmt: skip


def test_an_id_tells_where_the_citations_stand():
    rated = AnswerIds(KEY, lambda: 1_000.0).read(AnswerIds(KEY, lambda: 1_000.0).sign(ANSWER))
    assert rated.answer == ANSWER.id
    assert rated.answered_at == 1_000
    assert (rated.status, rated.mode, rated.language) == ("answered", "extractive", "nl")
    assert rated.index_version == ANSWER.index_version
    assert rated.citations == (Cited("brief-2025-12", "0123456789ab", 4711, 4890),)


def test_an_id_begins_with_the_short_one_and_goes_into_an_address():
    signed = AnswerIds(KEY).sign(ANSWER)
    assert signed.startswith(ANSWER.id + ".")
    assert set(signed) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_the_longest_answer_still_has_an_id_that_is_taken():
    cited = [
        dataclasses.replace(CITATION, document_id=f"{n:03}" * 66, rev=f"{n:012x}", start=n * 7919, end=n * 7919 + 300)
        for n in range(16)
    ]
    ids = AnswerIds(KEY)
    signed = ids.sign(dataclasses.replace(ANSWER, citations=tuple(cited)))
    assert len(signed) <= LONGEST
    assert len(ids.read(signed).citations) == 16


def test_openais_prefix_is_no_hindrance():
    ids = AnswerIds(KEY)
    assert ids.read("chatcmpl-" + ids.sign(ANSWER)).answer == ANSWER.id


@pytest.mark.parametrize(
    "answer_id", ["", ".", "abc", "abc.", "abc.def", "é.é", "a" * 5_000, "abcdefgh12345678.====", "\0.\0"]
)
def test_what_is_no_id_is_unknown(answer_id):
    with pytest.raises(NotFoundError):
        AnswerIds(KEY).read(answer_id)


def test_another_key_another_short_id_and_an_unsigned_payload_are_unknown():
    ids = AnswerIds(KEY)
    signed = ids.sign(ANSWER)
    with pytest.raises(NotFoundError):
        AnswerIds(b"x" * 32).read(signed)
    with pytest.raises(NotFoundError):
        ids.read("zzzzzzzz12345678." + signed.split(".")[1])
    payload = base64.urlsafe_b64decode(signed.split(".")[1] + "==")
    forged = base64.urlsafe_b64encode(bytes(16) + payload[16:]).decode().rstrip("=")
    with pytest.raises(NotFoundError):
        ids.read(f"{ANSWER.id}.{forged}")


@given(place=st.integers(min_value=0), sign=st.sampled_from("abcXYZ019-_."))
def test_no_changed_id_is_taken(place, sign):
    ids = AnswerIds(KEY)
    signed = ids.sign(ANSWER)
    place %= len(signed)
    changed = signed[:place] + sign + signed[place + 1 :]
    try:
        rated = ids.read(changed)
    except NotFoundError:
        return
    # The last character of base64 may hold bits that nothing reads.
    assert changed == signed or (place == len(signed) - 1 and rated == ids.read(signed))


def test_an_answer_of_last_week_is_no_longer_rated():
    signed = AnswerIds(KEY, lambda: 0.0).sign(ANSWER)
    assert AnswerIds(KEY, lambda: VALID_S).read(signed)
    with pytest.raises(NotFoundError, match="a week"):
        AnswerIds(KEY, lambda: VALID_S + 1.0).read(signed)


def test_a_clock_that_went_back_takes_the_id_still():
    assert AnswerIds(KEY, lambda: 0.0).read(AnswerIds(KEY, lambda: 90_000.0).sign(ANSWER))


def _key(state_dir):
    return stored_key(state_dir)


def test_workers_that_start_at_once_sign_with_one_key(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = set(pool.map(_key, [tmp_path / "state"] * 16))
    assert len(keys) == 1
    [path] = (tmp_path / "state").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_key_is_named(tmp_path):
    stored_key(tmp_path)
    (tmp_path / "answer-ids.key").write_bytes(b"half")
    with pytest.raises(StateError, match=r"answer-ids\.key.*Remove it"):
        stored_key(tmp_path)


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StateError, match="file"):
        stored_key(tmp_path / "file" / "state")
