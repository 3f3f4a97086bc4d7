"""Finds the main text of a web page: the element that holds it, without menus, notices and what is hidden."""

import re
from collections.abc import Iterator
from typing import Any

_NEVER = frozenset(
    """script style noscript template svg iframe object embed canvas audio video form button select input textarea nav aside
    footer dialog""".split()
)
_NO_CONTENT = re.compile(
    r"(?:^|[-_\s])(?:cookie\w*|consent\w*|breadcrumb\w*|kruimelpad|share|sharing|social\w*|related|gerelateerd\w*|comments?|reacties"
    r"|newsletter|nieuwsbrief|sidebar|advert\w*|banner|promo|paywall|menu|navigation|navbar|pager|pagination|skip-?links?"
    r"|visually-hidden|sr-only|screen-reader-text|toolbar|footer)(?:$|[-_\s])",
    re.IGNORECASE,
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_FILE = re.compile(r"\.(?:pdf|docx?|odt|xlsx?|csv)(?:$|[?#])", re.IGNORECASE)
_HOLDERS = frozenset({"div", "section", "article", "table", "tbody", "tr", "td", "center", "body", "main"})
_MOST_OF_IT = 0.4
_LEAST = 200


def main_element(tree: Any) -> Any:
    """Return the element with the main text of a page, taken clean in place."""
    body = tree.find(".//body")
    body = tree if body is None else body
    root = _marked(body)
    if root is None:
        _prune(body)
        root = _found_by_text(tree, body)
    _prune(root)
    return root


def file_links(root: Any) -> Iterator[Any]:
    """Yield the links of an element that lead to a document to be downloaded."""
    for link in root.iter("a"):
        if _FILE.search(link.get("href") or "") or "pdf" in (link.get("type") or ""):
            yield link


def _marked(body: Any) -> Any | None:
    """Return what the page itself marks as its main text."""
    mains = [*body.iter("main"), *body.xpath(".//*[@role='main']")]
    main = max(mains, key=_length, default=None)
    articles = [article for article in (main if main is not None else body).iter("article") if article is not main]
    article = max(articles, key=_length, default=None)
    if article is not None:
        whole = _length(main if main is not None else body)
        if _length(article) >= _LEAST and _length(article) > 0.6 * whole:
            return article
    return main


def _found_by_text(tree: Any, body: Any) -> Any:
    """Return the smallest element that holds what trafilatura takes for the main text."""
    import trafilatura

    try:
        found = trafilatura.extract(tree, output_format="txt", include_comments=False, favor_recall=True) or ""
    except (ValueError, TypeError, AttributeError, RecursionError):
        return body
    lines = [" ".join(line.lstrip("-| ").split()) for line in found.split("\n")]
    wanted = [line[:80] for line in lines if len(line) >= 25]
    if not wanted:
        return body
    root = body
    while True:
        inner = max((child for child in root if isinstance(child.tag, str)), key=_length, default=None)
        if inner is None or inner.tag not in _HOLDERS or len(list(file_links(inner))) < len(list(file_links(root))):
            return root
        text = _text(inner)
        if sum(line in text for line in wanted) < 0.9 * len(wanted):
            return root
        root = inner


def _prune(root: Any) -> None:
    whole = max(1, _length(root))
    for element in list(root.iter()):
        if element is root or element.getparent() is None:
            continue
        if not isinstance(element.tag, str):
            continue  # A comment; it is not read.
        tag = element.tag.lower()
        if (
            tag in _NEVER
            or _is_hidden(element)
            or (_is_marginal(element, tag) and _length(element) < _MOST_OF_IT * whole)
        ):
            _drop(element)


def _is_hidden(element: Any) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(element.get("style") or ""))
    )


def _is_marginal(element: Any, tag: str) -> bool:
    if element.get("role") in ("navigation", "search", "banner", "contentinfo", "complementary", "dialog", "alert"):
        return True
    if tag == "header" and not any(True for _ in element.iter("h1")):
        return True
    if tag in ("a", "p", "h1", "h2", "h3", "html", "body", "main", "article", "table", "tr", "td"):
        return False
    marks = f"{element.get('class') or ''} {element.get('id') or ''}"
    return bool(_NO_CONTENT.search(marks)) or (tag in ("ul", "ol") and _is_menu(element))


def _is_menu(element: Any) -> bool:
    """Whether a list is nothing but short links to other pages, or to places on this one."""
    links = list(element.iter("a"))
    if len(links) < 4 or any(True for _ in file_links(element)):
        return False
    linked = sum(_length(link) for link in links)
    return linked > 0.9 * _length(element) and linked < 60 * len(links)


def _drop(element: Any) -> None:
    """Take an element out and leave the text behind it."""
    parent, tail = element.getparent(), element.tail
    if tail:
        before = element.getprevious()
        if before is not None:
            before.tail = f"{before.tail or ''} {tail}"
        else:
            parent.text = f"{parent.text or ''} {tail}"
    parent.remove(element)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _length(element: Any) -> int:
    return len(_text(element))
