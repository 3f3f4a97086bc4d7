"""Web pages: the main text with its headings, lists, tables and links, without menus and notices."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urljoin

from app.errors import DocumentError
from ingest.parsing.blocks import Parsed, ParsedBuilder
from ingest.parsing.letterhead import stated_date, stated_reference
from ingest.parsing.trees import add_tree
from ingest.parsing.walls import unusable

_LARGEST = 20_000_000
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DAY = re.compile(r"^\s*((?:19|20)\d\d)-(\d\d)(?:-(\d\d))?")
_DUTCH_DAY = re.compile(r"^\s*(\d\d?)-(\d\d?)-((?:19|20)\d\d)\s*$")
_DATED = (
    "article:published_time", "dcterms.issued", "dcterms.date", "dcterms.created", "dc.date.issued", "dc.date", "datepublished",
    "date", "pubdate", "publication_date",
)  # fmt: skip
_SITE = re.compile(r"(?<!\s)\s++[|–—·»-]\s+[^|–—·»]{2,40}$")


class NoContentError(DocumentError):
    """A fetched page is a wall, an error page or empty. Caught by the refresh, which marks the source as blocked."""


def read_page(data: bytes, name: str, url: str, content_type: str | None = None) -> Parsed:
    """Read a fetched page. Raises DocumentError, and NoContentError that says why it is no content."""
    html = decode_page(data, content_type)
    try:
        parsed = read_html(html.encode(), name, url)
    except DocumentError:
        if (why := unusable(html, "", url)) is not None:
            raise NoContentError(why) from None
        raise
    if (why := unusable(html, parsed.text, url)) is not None:
        raise NoContentError(why)
    return parsed


def decode_page(data: bytes, content_type: str | None = None) -> str:
    """Return the text of a page, by its byte order mark, as UTF-8, or by the character set that it is said to have."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        stated = _CHARSET.search((content_type or "").encode("ascii", "ignore")) or _CHARSET.search(data[:4096])
        named = stated.group(1).decode().lower() if stated is not None else "cp1252"
        # Browsers read what calls itself Latin-1 as Windows-1252, which adds the quotes and dashes. A page that calls itself
        # UTF-8 and is not, is in that character set as well, or has a few damaged signs.
        if named in ("utf-8", "utf8"):
            damaged = data.decode("utf-8", "replace")
            named = "cp1252"
            if damaged.count("\ufffd") * 20 < sum(byte > 127 for byte in data):
                return damaged
        if named in ("iso-8859-1", "latin1", "us-ascii", "ascii"):
            named = "cp1252"
        try:
            return data.decode(named, "replace")
        except LookupError:
            return data.decode("cp1252", "replace")


def read_html(data: bytes, name: str, url: str | None = None) -> Parsed:
    """Read a page. Raises DocumentError where it holds no main text.

    ``url`` is the page's own address, for its relative links.
    """
    from lxml import etree, html

    from ingest.parsing.content import main_element

    if len(data) > _LARGEST:
        raise DocumentError(f"{name}: the page is larger than {_LARGEST // 1_000_000} MB.")
    if data.startswith(b"%PDF") or data.startswith(b"PK\x03\x04"):
        raise DocumentError(f"{name}: this is no web page, but a file of another kind. Give it its right ending.")
    try:
        text = _DECLARATION.sub("", decode_page(data).replace("\x00", ""))
        tree = html.document_fromstring(text, parser=html.HTMLParser(no_network=True, huge_tree=False))
        base = _base(tree, url)
        described = _Description(tree)
        root = main_element(tree)
        builder = ParsedBuilder()
        title = described.title(root)
        if title and not any(_flat(head).casefold() == title.casefold() for head in root.iter("h1", "h2")):
            builder.add("heading", title, level=1)
        before = len(builder.text)
        add_tree(builder, root, base)
    except (etree.LxmlError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DocumentError(f"{name}: cannot be read as a web page ({type(error).__name__}).") from error
    if not any(sign.isalnum() for sign in builder.text[before:]):
        raise DocumentError(f"{name}: no main text was found on this page. Save its text as .txt or .md instead.")
    return builder.build(
        title=title, date=described.date or stated_date(builder.text), language=described.language,
        reference=stated_reference(builder.text),
    )  # fmt: skip


def _base(tree: Any, url: str | None) -> str | None:
    found = tree.find(".//base[@href]")
    return url if found is None else urljoin(url or "", found.get("href").strip())


class _Description:
    """What a page says of itself. A date that it only mentions in its text is not its own."""

    def __init__(self, tree: Any) -> None:
        language = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip().lower()
        self.language = language[:2] if re.match(r"^[a-z]{2}(?:$|[-_])", language) else None
        self._title = next((_flat(found) for found in tree.iter("title")), "")
        self._meta: dict[str, str] = {}
        for meta in tree.iter("meta"):
            key = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
            if key and meta.get("content"):
                self._meta.setdefault(key, meta.get("content").strip())
        self.date = next(filter(None, (_day(value) for value in self._dates(tree))), None)

    def _dates(self, tree: Any) -> Iterator[str]:
        yield from (self._meta[key] for key in _DATED if key in self._meta)
        for script in tree.iter("script"):
            if "ld+json" in (script.get("type") or ""):
                yield from _published(script.text or "")
        for found in tree.xpath("//*[@itemprop='datePublished']"):
            yield found.get("content") or found.get("datetime") or ""
        times = [found for found in tree.iter("time") if found.get("datetime")]
        if len(times) == 1 or any(True for found in times for _ in found.iterancestors("header")):
            yield times[0].get("datetime")

    def title(self, root: Any) -> str | None:
        """Return the page's title: its one main heading, or what its head says, without the name of the site."""
        heads = [_flat(head) for head in root.iter("h1")]
        if len(heads) == 1 and heads[0]:
            return heads[0]
        return self._meta.get("og:title") or _SITE.sub("", self._title) or None


def _published(text: str) -> Iterator[str]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    items = data if isinstance(data, list) else [data]
    for item in items:
        if isinstance(item, dict):
            graph = item.get("@graph")
            for part in [item, *(graph if isinstance(graph, list) else [])]:
                if isinstance(part, dict) and isinstance(part.get("datePublished"), str):
                    yield part["datePublished"]


def _day(value: str) -> str | None:
    found = _DAY.match(value)
    if found:
        year, month, day = found.groups()
    elif found := _DUTCH_DAY.match(value):
        day, month, year = found.groups()
    else:
        return None
    try:
        date(int(year), int(month), int(day or 1))
    except ValueError:
        return None
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")


def _flat(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
