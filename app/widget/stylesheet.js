// The frame's look. Lengths are em and px: a page may have changed what a rem is.

import { ANSWER_STYLE } from "./answerstyle.js";

const FRAME_STYLE = `
:host { display: block; }
:host([hidden]) { display: none; }
.root {
  all: initial;
  direction: ltr;
  unicode-bidi: isolate;
  display: block;
  color-scheme: light dark;
  --font: var(--bw-font-family, var(--utrecht-document-font-family, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif));
  --quote-font: var(--bw-quote-font-family, "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Noto Serif", serif);
  --back: var(--bw-background, var(--utrecht-document-background-color, light-dark(#fff, #171c22)));
  --text: var(--bw-color, var(--utrecht-document-color, light-dark(#1b2530, #e9edf1)));
  --accent: var(--bw-accent, var(--utrecht-button-primary-action-background-color, light-dark(#0b5468, #8fd3e3)));
  --on-accent: var(--bw-accent-color, var(--utrecht-button-primary-action-color, light-dark(#fff, #10222a)));
  --link: var(--bw-link-color, var(--utrecht-link-color, var(--accent)));
  --mark: var(--bw-mark, light-dark(#ffe9a8, #5c4a12));
  --mark-text: var(--bw-mark-color, light-dark(#1b2530, #fff));
  --round: var(--bw-radius, 12px);
  --round-small: min(var(--round), 8px);
  --soft: color-mix(in srgb, var(--text) 76%, var(--back));
  --line: color-mix(in srgb, var(--text) 16%, var(--back));
  --edge: color-mix(in srgb, var(--text) 58%, var(--back));
  --tint: color-mix(in srgb, var(--accent) 7%, var(--back));
  --ring: var(--bw-focus-color, var(--utrecht-focus-outline-color, var(--accent)));
  font: normal var(--bw-font-size, var(--utrecht-document-font-size, medium))/1.5 var(--font);
  color: var(--text);
  overflow-wrap: anywhere;
  -webkit-text-size-adjust: 100%;
}
.root[data-theme="light"] { color-scheme: light; }
.root[data-theme="dark"] { color-scheme: dark; }
.root *, .root *::before, .root *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ul, ol, dl, dd, blockquote { margin: 0; padding: 0; font: inherit; }
ul, ol { list-style: none; }
button, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { cursor: pointer; }
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible {
  outline: var(--utrecht-focus-outline-width, 3px) var(--utrecht-focus-outline-style, solid) var(--ring);
  outline-offset: 2px;
}
.icon { width: 1.25em; height: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.unseen { position: absolute !important; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; border: 0; padding: 0; }
.soft { color: var(--soft); font-size: .875em; }

.dock, .panel { position: fixed; inset: auto; margin: 0; padding: 0; border: 0; color: inherit; background: none; overflow: visible; width: auto; height: auto; }
.dock { right: var(--bw-inset, 20px); bottom: var(--bw-inset, 20px); z-index: 2147483646; }
.launcher {
  display: flex; align-items: center; gap: .6em; min-height: 52px; padding: 0 1.3em 0 1.05em;
  font-weight: 600; color: var(--on-accent); background: var(--accent);
  border: 1px solid transparent; border-radius: var(--bw-launcher-radius, 26px);
  box-shadow: 0 1px 2px #0003, 0 6px 20px #0003;
}
.launcher:hover, .send:hover { filter: brightness(1.08); }
.panel {
  display: flex; flex-direction: column; z-index: 2147483647;
  right: var(--bw-inset, 20px); bottom: calc(var(--bw-inset, 20px) + 64px);
  width: min(var(--bw-width, 27.5em), 100vw - 2 * var(--bw-inset, 20px));
  height: min(var(--bw-height, 44em), 100dvh - 2 * var(--bw-inset, 20px) - 64px);
  color: var(--text); background: var(--back);
  border: 1px solid var(--line); border-radius: var(--round); overflow: clip;
  box-shadow: 0 2px 6px #0000001f, 0 18px 50px #00000038;
}
.inline .panel {
  position: static; width: auto; height: var(--bw-height, auto); z-index: auto; border-radius: var(--round);
  box-shadow: none; overflow: visible;
}
.head { display: flex; align-items: center; gap: 4px; padding: 8px 8px 8px 20px; border-bottom: 1px solid var(--line); }
.head h2 { flex: 1; padding: 8px 0; font-weight: 650; font-size: 1.0625em; line-height: 1.3; letter-spacing: -.005em; }
.log { flex: 1; min-height: 0; position: relative; overflow-y: auto; overscroll-behavior: contain; padding: 20px; }
.log:focus-visible { outline-offset: -3px; }
.inline .log { overflow: var(--bw-overflow, visible); }
.welcome { display: grid; gap: 14px; }
.welcome p { max-width: 34em; }
.welcome h3 { margin-top: 4px; font-size: .875em; font-weight: 600; color: var(--soft); }
.examples { display: grid; gap: 8px; }
.inline .examples { display: flex; flex-wrap: wrap; }
.example {
  width: 100%; min-height: 44px; padding: .55em 1em; text-align: start; line-height: 1.35;
  background: var(--tint); border: 1px solid color-mix(in srgb, var(--accent) 30%, var(--back)); border-radius: var(--round-small);
}
.example:hover { border-color: var(--accent); }
.trouble { padding: 0 20px; }
.trouble:has(button:not([hidden])) {
  display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: center; padding: 12px 20px; border-top: 1px solid var(--line);
}
.trouble:has(p:not(:empty)) { background: light-dark(#fdf0ec, #3a211b); color: light-dark(#6e1f0d, #ffd9cf); }
.trouble p { flex: 1 1 14em; }
.ask { padding: 14px 16px 16px; border-top: 1px solid var(--line); background: var(--back); border-radius: 0 0 var(--round) var(--round); }
.ask > label { display: block; margin: 0 0 6px; font-size: .875em; font-weight: 600; }
.field { display: flex; align-items: flex-end; gap: 8px; flex-wrap: wrap; }
textarea {
  flex: 1 1 9em; min-width: 0; min-height: 48px; max-height: 9.5em; padding: 11px 14px; resize: none; field-sizing: content;
  font-size: max(16px, 1em); line-height: 1.45; background: var(--back); border: 1px solid var(--edge); border-radius: var(--round-small);
}
textarea:focus-visible { outline-offset: 0; border-color: var(--ring); }
.send, .second, .plain {
  display: inline-flex; align-items: center; justify-content: center; gap: .45em; min-height: 44px; padding: 0 1em;
  font-weight: 600; border-radius: var(--round-small); border: 1px solid transparent; background: none;
}
.send { min-height: 48px; color: var(--on-accent); background: var(--accent); }
.send[aria-disabled="true"] { color: var(--soft); background: color-mix(in srgb, var(--text) 7%, var(--back)); border-color: var(--line); cursor: default; filter: none; }
.second { border-color: var(--edge); color: inherit; background: var(--back); }
.stop { min-height: 48px; }
.plain { padding: 0 .7em; font-weight: 500; font-size: .875em; color: var(--soft); }
.round { width: 44px; padding: 0; }
.plain:hover { color: var(--text); background: color-mix(in srgb, var(--text) 7%, var(--back)); }
.foot { padding: 0 20px 10px; margin-top: -8px; font-size: .875em; }
.foot a { display: inline-block; padding: 4px 0; }
.inline .log { padding: 24px; }
.inline .head { padding-left: 24px; }
.inline .ask { position: sticky; bottom: 0; padding: 16px 24px 20px; }
.inline .log :is(a, button, textarea) { scroll-margin-bottom: 10em; }
.inline .trouble:has(button:not([hidden])) { padding-inline: 24px; }

@media (max-width: 30rem), (max-height: 26rem) {
  .root:not(.inline) .panel { inset: 0; width: 100vw; width: 100%; height: 100dvh; max-height: none; border: 0; border-radius: 0; }
  .root:not(.inline) .ask { border-radius: 0; }
  .head { padding-left: 16px; }
  .log { padding: 16px; }
  .inline .log { padding: 16px; }
  .inline .head, .inline .ask { padding-left: 16px; padding-right: 16px; }
  .clear { width: 44px; padding: 0; }
  .clear span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
}
@media (max-width: 22rem), (max-height: 26rem) {
  .send span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
}
@media (max-height: 26rem) {
  .inline .ask { position: static; }
  .inline .log :is(a, button, textarea) { scroll-margin-bottom: 0; }
  /* Zoomed in far: one column that scrolls as a whole, so that no part is squeezed out. */
  .root:not(.inline) .panel { overflow: hidden auto; }
  .root:not(.inline) .log { flex: 1 0 auto; overflow: visible; }
}
@media print {
  .dock, .ask, .trouble, .head button, .actions { display: none !important; }
}
`;

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** Return the one style sheet that all widgets of a page share. */
export function widgetSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(FRAME_STYLE + ANSWER_STYLE);
  }
  return sheet;
}
