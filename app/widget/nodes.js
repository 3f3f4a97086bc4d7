// Builds nodes. What comes from outside becomes text and nothing else: no markup is ever parsed.

/** @typedef {string | Node | null | false | undefined} Child */

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | null | undefined>} [attributes] those that are null are left out
 * @param {...Child} children strings become text
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null) element.setAttribute(name, value);
  }
  element.append(.../** @type {(string | Node)[]} */ (children.filter((child) => child != null && child !== false)));
  return element;
}

let given = 0;

/**
 * Return an id that no other node of the page's widgets has.
 * @param {string} kind
 */
export function uniqueId(kind) {
  return `${kind}-${++given}`;
}

const SHAPES = {
  chat: "M4 5h16v11H9l-5 4zM8 9h8M8 12.5h5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  copy: "M9 9h10v10H9zM5 15V5h10",
  up: "M7 20V10l4-7c2 0 2.5 1.5 2 3l-1 4h6c1.5 0 2 1 1.7 2l-1.7 6.5c-.3 1-1 1.5-2 1.5zM7 10H4v10h3",
  down: "M7 4v10l4 7c2 0 2.5-1.5 2-3l-1-4h6c1.5 0 2-1 1.7-2L18 5.5C17.7 4.5 17 4 16 4zM7 14H4V4h3",
  clear: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
};

/**
 * Draw one of the widget's signs; it says nothing to a screen reader.
 * @param {keyof typeof SHAPES} name
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/**
 * Make a button with a sign; its name is said, and shown where `shown` is true.
 * @param {keyof typeof SHAPES | null} sign
 * @param {string} name
 * @param {string} className
 * @param {boolean} [shown]
 * @param {string} [part]
 */
export function button(sign, name, className, shown = true, part = undefined) {
  const label = make("span", { class: shown ? null : "unseen" }, name);
  const made = make("button", { type: "button", class: className, part, title: shown ? null : name }, sign && icon(sign), label);
  return made;
}

/**
 * Give a button that has a label, and maybe a tooltip, another name.
 * @param {HTMLButtonElement} made
 * @param {string} name
 */
export function rename(made, name) {
  const label = made.querySelector("span");
  if (label) label.textContent = name;
  if (made.hasAttribute("title")) made.title = name;
}

/**
 * Make a link that opens in a new tab, and says so.
 * @param {string} address checked by the caller
 * @param {string} text
 * @param {string} newTab what says that it opens in a new tab
 */
export function outwardLink(address, text, newTab) {
  const attributes = { href: address, target: "_blank", rel: "noopener noreferrer" };
  return make("a", attributes, text, " ", make("span", { class: "soft" }, newTab));
}
