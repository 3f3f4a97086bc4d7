"""What was read from a catalogue last is not read again, and what is not kept is."""

from app.index.recent_rows import RecentRows
from app.passages import Document, Passage, Sentence


class Shelf:
    """A catalogue of ten thousand passages of one sentence each, that counts what is read from it."""

    def __init__(self):
        self.read = []

    def passages(self, numbers):
        self.read += numbers
        return [
            (Passage(n, f"d{n}", 0, 0, 0, 4, "Zin.", None, None, "paragraph"), n, b"w%d" % n) for n in numbers if n < 10_000
        ]  # fmt: skip

    def heads_and_revisions(self, numbers):
        self.read += numbers
        return {n: Document(f"d{n}", "bron", "Titel", "", ()) for n in numbers}, {n: f"r{n}" for n in numbers}

    def sentences(self, document, document_id, first, last):
        self.read.append((document, first))
        return (
            [(Sentence(document_id, first, 0, 4, "Zin.", None, None, "paragraph", 0), b"v")] if first < 10_000 else []
        )

    def runs(self, wanted):
        self.read += wanted
        return [
            [(Sentence(d, o, 0, 4, "Zin.", None, None, "paragraph", 0), b"v") for o in range(a, b + 1)]
            for _, d, a, b in wanted
        ]


def test_a_passage_is_read_once_and_given_with_others_that_are_new():
    shelf = Shelf()
    rows = RecentRows(shelf)
    assert [row[0].number for row in rows.passages([3, 1])] == [3, 1]
    again = rows.passages([1, 2, 3])
    assert {row[0].number: (row[1], row[2]) for row in again} == {n: (n, b"w%d" % n) for n in (1, 2, 3)}
    assert shelf.read == [3, 1, 2]


def test_what_does_not_exist_is_left_out_and_asked_for_anew():
    shelf = Shelf()
    rows = RecentRows(shelf)
    assert [row[0].number for row in rows.passages([10_001, 5])] == [5]
    assert rows.passages([10_001]) == []
    assert shelf.read == [10_001, 5, 10_001]


def test_stretches_of_sentences_come_in_the_order_asked_for_however_often_each():
    shelf = Shelf()
    rows = RecentRows(shelf)
    one, two = (0, "d0", 0, 1), (1, "d1", 0, 0)
    assert [[s.document_id for s, _ in run] for run in rows.runs([two, one, two])] == [["d1"], ["d0", "d0"], ["d1"]]
    assert [len(run) for run in rows.runs([one])] == [2]
    assert shelf.read.count(one) == 1


def test_no_more_is_kept_than_a_bound_and_what_came_first_goes_first():
    shelf = Shelf()
    rows = RecentRows(shelf)
    for start in range(0, 5_000, 50):
        rows.passages(range(start, start + 50))
    shelf.read.clear()
    rows.passages([4_999])
    assert shelf.read == []
    assert [number for _, number, _ in rows.passages([0])] == [0]
    assert shelf.read == [0]


def test_the_head_of_a_document_is_read_once_with_its_revision():
    shelf = Shelf()
    rows = RecentRows(shelf)
    rows.heads_and_revisions([4, 4])
    heads, revisions = rows.heads_and_revisions({4, 5})
    assert {row: head.id for row, head in heads.items()} == {4: "d4", 5: "d5"}
    assert revisions == {4: "r4", 5: "r5"}
    assert shelf.read == [4, 5]


def test_a_sentence_beside_those_that_were_read_is_not_read_again():
    shelf = Shelf()
    rows = RecentRows(shelf)
    rows.runs([(1, "d1", 2, 4)])
    read = list(shelf.read)
    assert [rows.sentence(1, "d1", ordinal).ordinal for ordinal in (2, 4)] == [2, 4]
    assert shelf.read == read
    assert (rows.sentence(1, "d1", 5).ordinal, rows.sentence(1, "d1", 10_000)) == (5, None)
    assert shelf.read == [*read, (1, 5), (1, 10_000)]
