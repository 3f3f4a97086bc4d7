"""Cited documents are remembered within a bound."""

from app.answering.recent import RecentDocuments
from app.errors import NotFoundError
from app.passages import Document


class Shelf:
    """Hands out documents of ten code points, and counts."""

    def __init__(self):
        self.read = []

    def document_at(self, number):
        if number > 9:
            raise NotFoundError(f"There is no document in row {number}.")
        self.read.append(number)
        return Document(str(number), "bron", "Titel", "tien tekens"[:10], ())


def test_the_documents_asked_for_last_are_not_read_again():
    shelf = Shelf()
    recent = RecentDocuments(shelf, most=25)
    for row in (1, 2, 1, 3, 1, 2):
        assert recent.document(row).id == str(row)
    assert shelf.read == [1, 2, 3, 2]


def test_one_document_is_kept_however_long_it_is():
    shelf = Shelf()
    recent = RecentDocuments(shelf, most=5)
    for row in (1, 1, 2, 2, 1):
        recent.document(row)
    assert shelf.read == [1, 2, 1]
