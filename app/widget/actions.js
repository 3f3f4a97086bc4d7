// What can be done with an answer: copy it with its sources, and say whether it was good.

import { nameOf, sourceAddress } from "./citation.js";
import { viewerAddress } from "./links.js";
import { button, make, uniqueId } from "./nodes.js";
import { readableDate } from "./strings.js";

/**
 * Make the row of actions below an answer.
 * @param {import("./citation.js").Setting} setting
 * @param {import("./types.js").Answer} answer
 * @param {import("./types.js").Turn} turn
 * @param {() => void} save
 */
export function actionsOf(setting, answer, turn, save) {
  const { strings } = setting;
  const said = make("p", { class: "soft said" });
  const tell = (/** @type {string} */ text) => {
    said.textContent = text;
    setting.announce(text);
  };
  const copy = button("copy", strings.copy, "plain");
  copy.addEventListener("click", async () => {
    const isCopied = await copyText(copyOf(setting, answer), copy);
    tell(isCopied ? strings.copied : strings.copyFailed);
  });
  const row = make("div", { class: "row" }, copy);
  const actions = make("div", { class: "actions" }, row, said);
  if (setting.takesFeedback) row.append(...verdictsOf(setting, answer, turn, save, actions, tell));
  return actions;
}

/**
 * @param {import("./citation.js").Setting} setting
 * @param {import("./types.js").Answer} answer
 * @param {import("./types.js").Turn} turn
 * @param {() => void} save
 * @param {HTMLElement} actions
 * @param {(text: string) => void} tell
 */
function verdictsOf(setting, answer, turn, save, actions, tell) {
  const { strings } = setting;
  const thumbs = /** @type {const} */ (["up", "down"]).map((verdict) => {
    const thumb = button(verdict, strings[verdict], "plain round", false);
    thumb.setAttribute("aria-pressed", String(turn.verdict === verdict));
    thumb.addEventListener("click", () => judge(verdict));
    return { verdict, thumb };
  });
  /** @type {HTMLFormElement | null} */
  let form = null;

  async function judge(/** @type {"up" | "down"} */ verdict, /** @type {string | undefined} */ remark = undefined) {
    try {
      await setting.client.feedback(answer.id, verdict, remark);
    } catch {
      tell(strings.feedbackFailed);
      return;
    }
    turn.verdict = verdict;
    if (remark !== undefined) turn.remark = remark;
    save();
    for (const other of thumbs) other.thumb.setAttribute("aria-pressed", String(other.verdict === verdict));
    setting.emit("feedback", { answerId: answer.id, verdict });
    tell(remark === undefined ? strings.thanks : remark ? strings.remarkSent : strings.remarkErased);
    showForm();
  }

  function showForm() {
    if (!form) actions.append((form = remarkForm(strings, turn, (text) => judge(turn.verdict || "down", text))));
  }

  if (turn.verdict) showForm();
  return thumbs.map(({ thumb }) => thumb);
}

/**
 * Take the thumbs away: the service keeps no verdicts.
 * @param {import("./shell.js").Shell} shell
 * @param {import("./citation.js").Setting} setting
 */
export function withoutVerdicts(shell, setting) {
  setting.takesFeedback = false;
  for (const thumb of shell.turns.querySelectorAll("[aria-pressed], .remark")) thumb.remove();
}

/**
 * Make the form of a remark. It shows the remark that the service keeps; sent empty, it erases that.
 * @param {import("./strings.js").Strings} strings
 * @param {import("./types.js").Turn} turn
 * @param {(text: string) => Promise<void>} send
 */
function remarkForm(strings, turn, send) {
  const id = uniqueId("remark");
  const field = make("textarea", { id, rows: "2", maxlength: "2000" });
  field.value = turn.remark || "";
  const form = make("form", { class: "remark" }, make("label", { for: id }, strings.remark), field);
  form.append(make("button", { type: "submit", class: "second" }, strings.sendRemark));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text || turn.remark) void send(text);
    else field.focus();
  });
  return form;
}

/**
 * Return an answer as text with its sources, as somebody would paste it into a letter.
 * @param {import("./citation.js").Setting} setting
 * @param {import("./types.js").Answer} answer
 */
export function copyOf(setting, answer) {
  const lines = answer.citations.map((citation) => {
    const address = sourceAddress(setting, citation) || viewerAddress(setting.client.api, citation.viewer_url, setting.language);
    const facts = [nameOf(setting, citation.speaker), citation.title, citation.publisher];
    const known = [...new Set(facts), citation.date && readableDate(citation.date, setting.language), address];
    return `[${citation.number}] ${known.filter(Boolean).join(", ")}`;
  });
  return lines.length ? `${answer.answer}\n\n${setting.strings.sources}:\n${lines.join("\n")}` : answer.answer;
}

/**
 * Put text on the clipboard; over plain http, where the clipboard is closed to pages, by way of a selection.
 * @param {string} text
 * @param {HTMLElement} beside gets the focus back
 */
async function copyText(text, beside) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", { class: "unseen", tabindex: "-1" });
    field.value = text;
    beside.after(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    beside.focus();
    return isCopied;
  }
}
