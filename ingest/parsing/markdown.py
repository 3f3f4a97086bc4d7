"""Markdown, by way of the HTML that it stands for."""

import re

from app.errors import DocumentError
from ingest.parsing.blocks import Parsed, ParsedBuilder
from ingest.parsing.text import decode
from ingest.parsing.trees import add_tree

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def read_markdown(data: bytes, name: str) -> Parsed:
    """Read a Markdown file (CommonMark with tables). Raises DocumentError."""
    from lxml import etree, html
    from markdown_it import MarkdownIt

    text = decode(data, name)
    front = _FRONT_MATTER.match(text)
    fields = dict(re.findall(r"^(\w+):\s*(.+)$", front.group(1), re.MULTILINE)) if front else {}
    body = text[front.end() :] if front else text
    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(body)
    if not rendered.strip():
        raise DocumentError(f"{name}: there is no text in it.")
    try:
        root = html.fragment_fromstring(rendered, create_parent="article")
    except (etree.LxmlError, ValueError) as error:
        raise DocumentError(f"{name}: cannot be read as Markdown ({error}).") from error
    builder = ParsedBuilder()
    add_tree(builder, root)
    heading = root.find(".//h1")
    title = fields.get("title") or (" ".join(heading.text_content().split()) if heading is not None else None)
    return builder.build(title=title, date=fields.get("date"), language=fields.get("lang"))
