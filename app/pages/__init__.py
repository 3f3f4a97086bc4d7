"""The server-rendered pages: the front page, the viewer, and the page that an iframe shows."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal

from app.pages.viewing import view_of
from app.pages.wording import readable_date, words
from app.passages import Document, SourceState

READ = ("ok", "unchanged", "stands_in")


@cache
def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("app", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["readable"] = readable_date
    environment.filters["web"] = lambda url: url if (url or "").startswith(("https://", "http://")) else None
    return environment


def _page(template: str, language: str, root: str, **values: Any) -> str:
    shown = _templates().get_template(template).render(language=language, root=root, words=words(language), **values)
    return str(shown)


def front_page(sources: Sequence[SourceState], language: str, root: str, digest: str, *, is_written: bool) -> str:
    """Return the page that asks and shows cited answers.

    ``root``, here and below: the path that the service is mounted under; ``digest``: of the widget's script; ``is_written``:
    a chat model words the answers.
    """
    read = [source for source in sources if source.state in READ]
    return _page(
        "front.html", language, root, sources=sources, read=read, read_states=READ, digest=digest, is_written=is_written
    )


def embed_page(language: str, root: str, digest: str, theme: str) -> str:
    """Return the page that holds the widget and nothing else, for an iframe."""
    return _page("embed.html", language, root, digest=digest, theme=theme)


def refused_page(language: str, root: str, access: str, link: Literal["ended", "without"] | None, hours: int) -> str:
    """Return the page for a reader who has not shown that they may read. ``access``: who may, as in the settings.

    ``link``: for a document, whether its address had a pass, which holds no more; ``hours``: how long such passes hold.
    """
    lasts = f"{hours} uur" if language == "nl" else f"{hours} hour{'' if hours == 1 else 's'}"
    return _page("refused.html", language, root, access=access, link=link, lasts=lasts)


def document_page(
    document: Document,
    names: Mapping[str, str],
    start: int | None,
    end: int | None,
    language: str,
    root: str,
    other_language: str,
    *,
    is_current: bool,
    has_current: bool,
) -> str:
    """Return a document with its structure, its speakers, and the stretch ``start:end`` marked.

    ``other_language`` is the address of the same in the other language. ``is_current``: this is the revision that is
    answered from; ``has_current``: there is one.
    """
    view = view_of(document, names, start, end)
    return _page(
        "document.html",
        language,
        root,
        document=document,
        view=view,
        names=names,
        other_language=f"{other_language}{'#quote' if view.has_mark else ''}",
        is_current=is_current,
        has_current=has_current,
        is_lost=(start is not None or end is not None) and not view.has_mark,
    )


def privacy_page(**told: Any) -> str:
    """Return the page that tells what is kept: ``keeping`` as the settings have it, ``former`` whether earlier questions are left."""
    return str(_templates().get_template("privacy.html").render(**told))


def report_page(**told: Any) -> str:
    """Return the report on what was asked and not found, a page that needs nothing beside it."""
    return str(_templates().get_template("report.html").render(**told))
