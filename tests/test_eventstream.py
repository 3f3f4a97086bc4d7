"""The widget's reader of server-sent events, in Node, on streams made by a machine: cut anywhere, broken in any way."""

import base64
import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

READER = Path(__file__).parent.parent / "app" / "widget" / "eventstream.js"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node")
STREAMS = 3_000
BREAKS = [b"\n", b"\r\n", b"\r"]
# What means something to the format, or to the decoder, comes up more often than chance would have it.
PIECES = [
    *BREAKS, *BREAKS, b"\n\n", b"\r\r", b"\r\n\r\n", b"data:", b"data: ", b"data", b"event:", b"event: done", b"event", b"id: 7",
    b":", b" ", b"{}", b"[1,", b"2]", b'"x"', b"7", b"null", b'"', "é".encode(), "€".encode()[:2], "🙂".encode(), b"\xff", b"\x00",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"retry: 1", b"data:data:",
    b"data: 7\n\n", b'\rdata: {"a":\r\ndata:1}\r\r', b"\r\ndata:[]\r\n\r",
]  # fmt: skip


def read(streams):
    """Return what the reader makes of each stream, a list of chunks."""
    sent = json.dumps([[base64.b64encode(chunk).decode() for chunk in chunks] for chunks in streams])
    done = subprocess.run(
        [NODE, str(Path(__file__).parent / "read_streams.mjs"), str(READER)],
        input=sent, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return json.loads(done.stdout)


def expected(stream):
    """Return the events of a whole stream as the standard has them, and whether data that is no JSON ended it."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    events, name, data = [], "message", []
    for line in re.split(r"\r\n|\r|\n", text)[:-1]:
        if not line:
            if data:
                try:
                    events.append([name, json.loads("\n".join(data), parse_constant=int)])
                except ValueError:
                    return events, True
            name, data = "message", []
        elif line.startswith("event:"):
            name = line[6:].strip(_SPACE)
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
    return events, False


# What JavaScript's trim takes off.
_SPACE = " \t\n\r\v\f\ufeff\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def cut(stream, chance):
    """Cut a stream at some places, at every byte, or nowhere; with an empty chunk now and then."""
    how = chance.random()
    if how < 0.2:
        return [stream[at : at + 1] for at in range(len(stream))]
    places = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.randrange(6)))
    return [stream[first:last] for first, last in zip([0, *places], [*places, len(stream)], strict=True)]


def well_formed(chance):
    """Return a stream of events as a service could send them, each line ended in one of the three ways."""
    lines = []
    for _ in range(chance.randrange(1, 6)):
        text = "".join(chance.choice('aé€🙂\u2028\\" :,{}') for _ in range(chance.randrange(30)))
        document = json.dumps(
            {"text": text, "n": chance.randrange(10**9)},
            ensure_ascii=chance.random() < 0.5,
            indent=chance.choice([None, 1]),
        )
        lines += [b": a comment"] * chance.randrange(2)
        lines += [f"event:{' ' * chance.randrange(2)}{chance.choice(['statement', 'done', 'error'])}".encode()]
        lines += [f"data:{' ' * chance.randrange(2)}{line}".encode() for line in document.split("\n")]
        lines += [b""] * chance.randrange(1, 3)
    ended = b"".join(line + chance.choice(BREAKS) for line in lines)
    # CR of one line and LF of an empty one are one break: it is said again, so that the event ends.
    return b"\xef\xbb\xbf" * chance.randrange(2) + ended + b"\n\n"


def soup(chance):
    return b"".join(chance.choice(PIECES) for _ in range(chance.randrange(40)))


@pytest.mark.parametrize("make", [well_formed, soup])
def test_however_a_stream_is_cut_the_same_events_come_of_it(make):
    chance = random.Random(make.__name__)
    streams = [make(chance) for _ in range(STREAMS)]
    found = read([cut(stream, chance) for stream in streams])
    for stream, outcome in zip(streams, found, strict=True):
        events, broken = expected(stream)
        assert (outcome["events"], bool(outcome["failed"])) == (events, broken), stream
        assert outcome["failed"] in (None, "SyntaxError")
        assert outcome["let_go"], stream
    assert sum(bool(outcome["events"]) for outcome in found) > STREAMS / 20


def test_every_cut_of_one_stream_gives_the_same():
    stream = '\ufeffevent: statement\r\ndata: {"text": "é€🙂"}\r\n\r\nevent: done\rdata: [1,\rdata: 2]\r\r'.encode()
    found = read([[stream[:at], stream[at:]] for at in range(len(stream) + 1)])
    assert all(outcome["events"] == [["statement", {"text": "é€🙂"}], ["done", [1, 2]]] for outcome in found)


def test_a_huge_line_in_many_pieces_is_read():
    text = "wat er staat " * 80_000
    stream = f"event: done\ndata: {json.dumps({'text': text})}\n\n".encode()
    [outcome] = read([[stream[at : at + 16_384] for at in range(0, len(stream), 16_384)]])
    assert outcome["events"] == [["done", {"text": text}]]
