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

/** Return the line that says who speaks where. */
function whereOf(citation, answer) {
  const who = answer.speakers[citation.speaker] || "Spreker onbekend";
  return [who, citation.title, citation.section && `onder ‘${citation.section}’`].filter(Boolean).join(", ");
}

/** Return links to a citation's place, and to what it links to itself. */
function linksOf(citation) {
  const line = make("p", "", { class: "meta" });
  line.append(make("a", `[${citation.number}] Bekijk op zijn plaats`, { href: citation.viewer_url }));
  for (const link of citation.links) {
    if (/^https?:/.test(link.url)) line.append(" ", make("a", link.url, { href: link.url, rel: "noopener noreferrer" }));
  }
  return line;
}

function showAnswer(answer) {
  output.replaceChildren();
  for (const [typed, meant] of answer.corrections) {
    output.append(make("p", `Bedoelde u ‘${meant}’? U typte ‘${typed}’.`, { class: "meta" }));
  }
  if (answer.notice) output.append(make("p", answer.notice, { class: "notice" }));
  const written = answer.mode === "llm";
  let above = null;
  for (const statement of answer.statements) {
    const cited = answer.citations.filter((citation) => statement.citations.includes(citation.number));
    const box = make("div", "", { class: "statement" });
    // A chat model's words are no quote; the quotes that they rest on stand below them.
    if (written) box.append(make("p", statement.text));
    for (const citation of cited) {
      const where = whereOf(citation, answer);
      if (written || where !== above) box.append(make("h3", where));
      above = where;
      box.append(make("blockquote", citation.quote, { lang: citation.language || "nl" }), linksOf(citation));
    }
    output.append(box);
  }
  if (!answer.notice && !answer.statements.length) output.append(make("p", answer.answer, { class: "notice" }));
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
    status.textContent = count ? `Antwoord klaar, ${count} ${count === 1 ? "citaat" : "citaten"}.` : "Antwoord klaar.";
  } catch (error) {
    status.textContent = `Dat ging niet: ${error.message}`;
  }
});
