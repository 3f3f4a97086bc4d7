"""A browser tab that keeps what must not happen: script errors, violations of the page's policy, requests elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
# Every change of a live region, as a screen reader would hear of it.
_HEAR = """() => {
  const region = document.querySelector("briefwijzer-chat").shadowRoot.querySelector("[role=status]");
  window.heard = [];
  new MutationObserver(() => window.heard.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
}"""
_EVENTS = """
window.told = [];
for (const name of "open close ask answer cite feedback error".split(" ")) {
  window.addEventListener(`briefwijzer-${name}`, (event) => window.told.push([name, event.detail]));
}
"""


@dataclass
class Visit:
    """One tab. ``own`` are the origins that the page may talk to."""

    page: Page
    own: tuple[str, ...]
    errors: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, browser: Browser, *own: str, **context: Any) -> "Visit":
        page = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "locale": "nl-NL", **context}
        ).new_page()
        page.set_default_timeout(10_000)
        visit = cls(page, own)
        page.add_init_script(_WATCH + _EVENTS)
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.on(
            "request", lambda request: visit.strays.append(request.url) if not request.url.startswith(own) else None
        )
        return visit

    def part(self, selector: str) -> Locator:
        """What the selector finds; Playwright looks inside the widget's shadow too."""
        return self.page.locator(selector)

    def open(self) -> None:
        self.part(".launcher").click()
        self.part("#question").wait_for()

    def ask(self, question: str) -> None:
        self.part("#question").fill(question)
        self.part("#question").press("Enter")

    def answered(self, turn: int = 1) -> None:
        self.part(f".turns > li:nth-child({turn}) .actions").wait_for()

    def cite(self) -> None:
        """Open the first citation."""
        self.part(".cite").first.click()
        self.part("mark").wait_for()

    def viewer(self) -> Page:
        """Follow the link of the open citation to its place in the source, in a tab of its own."""
        with self.page.context.expect_page() as opened:
            self.part(".links a").first.click()
        return opened.value

    def hear(self) -> None:
        self.page.evaluate(_HEAR)

    def heard(self) -> list[str]:
        return self.page.evaluate("window.heard")

    def told(self) -> list[list[Any]]:
        return self.page.evaluate("window.told")

    def focused(self) -> str:
        """What has the focus: id, class or text of the innermost element."""
        return self.page.evaluate(
            """() => {
              let at = document.activeElement;
              while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
              return at ? at.id || at.className || at.tagName : "";
            }"""
        )

    def violations(self) -> list[str]:
        return self.page.evaluate("window.violations")

    def barriers(self, context: Sequence[str] = ()) -> list[str]:
        """What axe finds against WCAG 2.2 AA, one line a finding."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed: npm install")
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            """async (tags) => (await axe.run(document, { runOnly: { type: "tag", values: tags } })).violations""", WCAG
        )
        return [
            f"{item['id']}: {node['html'][:120]} {node['failureSummary']}" for item in found for node in item["nodes"]
        ]

    def assert_clean(self) -> None:
        """Nothing happened that must not."""
        assert self.errors == []
        assert self.violations() == []
        assert self.strays == []
