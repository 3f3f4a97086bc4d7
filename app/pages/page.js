// The plain page: asks /v1/ask and shows the cited answer. Everything is built as nodes, never as markup.
"use strict";

const form = document.getElementById("ask");
const field = document.getElementById("question");
const status = document.getElementById("status");
const output = document.getElementById("answer");

/** Make an element with text and attributes. */
function make(tag, text, attributes = {}) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function showAnswer(answer) {
  output.replaceChildren();
  if (answer.notice) output.append(make("p", answer.notice, { class: "notice" }));
  for (const statement of answer.statements) {
    const cited = answer.citations.filter((citation) => statement.citations.includes(citation.number));
    const first = cited[0];
    const who = answer.speakers[statement.speaker] || "Spreker onbekend";
    const box = make("div", "", { class: "statement" });
    box.append(make("h3", [who, first.title, first.section && `onder ‘${first.section}’`].filter(Boolean).join(", ")));
    box.append(make("blockquote", statement.text, { lang: first.language || "nl" }));
    const where = make("p", "", { class: "meta" });
    for (const citation of cited) {
      where.append(make("a", `[${citation.number}] Bekijk op zijn plaats`, { href: citation.viewer_url }), " ");
      for (const link of citation.links) {
        if (/^https?:/.test(link.url)) where.append(make("a", link.url, { href: link.url, rel: "noopener noreferrer" }), " ");
      }
    }
    box.append(where);
    output.append(box);
  }
  output.hidden = false;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = field.value.trim();
  if (!question) return;
  status.textContent = "Antwoord wordt opgesteld…";
  try {
    const response = await fetch("/v1/ask", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ question }),
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.detail || body.title);
    showAnswer(body);
    const count = body.citations.length;
    status.textContent = count ? `Antwoord klaar, ${count} ${count === 1 ? "bron" : "bronnen"}.` : "Antwoord klaar.";
  } catch (error) {
    status.textContent = `Dat ging niet: ${error.message}`;
  }
});
