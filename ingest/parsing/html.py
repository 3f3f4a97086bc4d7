"""Web pages: the main text with its headings, lists, tables and links, without menus and notices."""

import re
from typing import Any

from app.errors import DocumentError
from ingest.parsing.blocks import Parsed, ParsedBuilder
from ingest.parsing.trees import add_tree, sentences_of

_LARGEST = 20_000_000
_CONSENT = re.compile(
    r"(?:cookies? (?:accepteren|toestaan|weigeren)|accept (?:all )?cookies|cookie[- ]?(?:instellingen|voorkeuren|wall)|privacy[- ]?gate"
    r"|toestemming (?:geven|nodig)|consent)",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"(?:alleen voor abonnees|verder lezen\?|word (?:nu )?(?:lid|abonnee)|log in om (?:verder )?te lezen|neem een abonnement"
    r"|probeer \d+ (?:weken|maanden)|subscribe to (?:read|continue)|already a subscriber|al abonnee\?"
    r"|\"isAccessibleForFree\"\s*:\s*\"?false)",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"(?:pagina (?:is )?niet gevonden|page not found|^\s*(?:fout |error )?404\b(?=\s*(?:$|[-–|:]|not|pagina|error|fout))|bestaat niet (?:meer)?|niet langer beschikbaar|no longer available"
    r"|deze pagina kan niet worden gevonden|oeps)",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"just a moment\b|checking your browser|verify (?:that )?you are (?:a )?human|bent u een robot|enable javascript and cookies",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>|<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_SHORT, _VERY_SHORT = 1_200, 200


def read_html(data: bytes, name: str, url: str | None = None) -> Parsed:
    """Read a page. Raises DocumentError where it holds no main text.

    ``url`` is the page's own address, for its relative links.
    """
    import trafilatura
    from lxml import etree

    if len(data) > _LARGEST:
        raise DocumentError(f"{name}: the page is larger than {_LARGEST // 1_000_000} MB.")
    if data.startswith(b"%PDF") or data.startswith(b"PK\x03\x04"):
        raise DocumentError(f"{name}: this is no web page, but a file of another kind. Give it its right ending.")
    try:
        tree = trafilatura.load_html(data)
        found = tree is not None and trafilatura.extract(
            tree, url=url, output_format="xml", include_links=True, include_tables=True, include_comments=False,
            favor_recall=True, deduplicate=False,
        )  # fmt: skip
        meta = trafilatura.extract_metadata(data, default_url=url)
        root = (
            etree.fromstring(found.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
            if found
            else None
        )
    except (etree.LxmlError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DocumentError(f"{name}: cannot be read as a web page ({type(error).__name__}).") from error
    if root is None:
        raise DocumentError(f"{name}: no main text was found on this page. Save its text as .txt or .md instead.")
    builder = ParsedBuilder()
    title = meta.title if meta else None
    main = root.find("main")
    if main is not None:
        if title and not any(_same(head, title) for head in main.iter("head")):
            builder.add("heading", title, level=1)
        add_tree(builder, _as_html(main, etree), url)
    date = meta.date if meta else None
    return builder.build(title=title, date=date, language=meta.language if meta else None)


def _same(head: Any, title: str) -> bool:
    return " ".join("".join(head.itertext()).split()).casefold() == " ".join(title.split()).casefold()


def _as_html(main: Any, etree: Any) -> Any:
    """Return trafilatura's own elements under their HTML names; tables become rows already written out."""
    names = {
        "head": "h2",
        "item": "li",
        "list": "ul",
        "quote": "blockquote",
        "lb": "br",
        "ref": "a",
        "hi": "span",
        "code": "pre",
    }
    for table in list(main.iter("table")):
        rows = [[" ".join("".join(cell.itertext()).split()) for cell in row.iter("cell")] for row in table.iter("row")]
        head = any(cell.get("role") == "head" for cell in table.iter("cell"))
        written = etree.Element("section")
        for row in sentences_of(rows, has_header=head):
            etree.SubElement(written, "p").text = row
        written.tail = table.tail
        table.getparent().replace(table, written)
    for element in main.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "head":
            level = (element.get("rend") or "h2")[-1]
            element.tag = f"h{level}" if level in "123456" else "h2"
            continue
        if element.tag == "ref" and element.get("target"):
            element.set("href", element.get("target"))
        element.tag = names.get(element.tag, element.tag)
    return main


def unusable(html: str, text: str) -> str | None:
    """Return why a fetched page is no content (a wall, an error page, a shell without text), or None where it is.

    ``html`` is the page as fetched, ``text`` what was read of it.
    """
    short = len(text) < _SHORT
    title = " ".join(part for match in _TITLE.finditer(html[:100_000]) for part in match.groups() if part)
    if short and _NOT_FOUND.search(title):
        return "de pagina bestaat niet meer (de site toont een foutpagina)"
    if short and (_CHALLENGE.search(title) or _CHALLENGE.search(text)):
        return "de site laat alleen een browser binnen; zet de tekst als bestand bij ‘path’"
    if short and "privacy" in title.casefold() and _CONSENT.search(title):
        return "de site toont eerst een toestemmingsvraag; zet de tekst als bestand bij ‘path’"
    if _PAYWALL.search(html) and short:
        return "het artikel staat achter een betaalmuur; zet de tekst als bestand bij ‘path’"
    if _CONSENT.search(html) and len(text) < _VERY_SHORT:
        return "de site toont eerst een toestemmingsvraag; zet de tekst als bestand bij ‘path’"
    if len(text) < _VERY_SHORT:
        scripts = html.lower().count("<script")
        if (
            scripts
            and len(
                re.sub(
                    r"<script.*?</script>|<[^>]{0,2000}>", "", html[:2_000_000], flags=re.DOTALL | re.IGNORECASE
                ).split()
            )
            < 60
        ):
            return "de pagina heeft zonder JavaScript geen tekst"
        if not text.strip():
            return "de pagina is leeg"
    return None
