// The look of questions and answers: sources speak in a serif face, the widget in the page's own.

export const ANSWER_STYLE = `
.turns { display: grid; gap: 32px; }
.turns > li { scroll-margin: 16px 0; }
.asked { display: flex; justify-content: flex-end; margin-bottom: 18px; }
.asked p {
  max-width: 88%; padding: .6em 1em; white-space: pre-line; background: color-mix(in srgb, var(--accent) 11%, var(--back));
  border-radius: var(--round) var(--round) 3px var(--round);
}
.answer { display: grid; gap: 18px; }
.answer > * { min-width: 0; }
.pending { color: var(--soft); display: flex; align-items: center; gap: .7em; }
.pending::before {
  content: ""; width: 1em; height: 1em; flex: none; border-radius: 50%;
  border: 2px solid var(--line); border-top-color: var(--accent); animation: turn 1s linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
.notice, .note {
  padding: .65em 1em; border-left: 3px solid light-dark(#b06a00, #e0a848); border-radius: 0 var(--round-small) var(--round-small) 0;
  background: light-dark(#fdf6e9, #33291a); color: light-dark(#46300a, #f5e3c3); max-width: 42em;
}
.note { font-size: .875em; }
.missing { font-weight: 600; }
.voice {
  --voice: var(--edge);
  display: grid; gap: 10px; padding-left: 18px; position: relative; max-width: 44em;
}
.voice::before { content: ""; position: absolute; left: 0; top: .2em; bottom: .2em; width: 4px; border-radius: 2px; background: var(--voice); }
.voice[data-voice="0"] { --voice: light-dark(#0b6b83, #6cc4da); }
.voice[data-voice="1"] { --voice: light-dark(#b06a00, #e6ad4e); }
.voice[data-voice="2"] { --voice: light-dark(#7b3f86, #cf9bd9); }
.voice[data-voice="3"] { --voice: light-dark(#3f7034, #94c987); }
.voice[data-voice="4"] { --voice: light-dark(#ad3f2d, #f09a89); }
.voice[data-voice="5"] { --voice: light-dark(#3d57a8, #9db2f0); }
.speaker { font-weight: 400; line-height: 1.35; }
.speaker strong { font-weight: 650; }
.speaker + .soft { margin-top: -8px; line-height: 1.4; }
blockquote p { font: 1.0938em/1.58 var(--quote-font); text-wrap: pretty; }
.written { font-weight: 450; max-width: 42em; }
.written ~ blockquote p { font-size: 1em; color: var(--soft); }
.cite {
  display: inline-flex; align-items: center; justify-content: center; min-width: 26px; height: 26px; padding: 0 6px; margin: 0 1px;
  vertical-align: .1em; font: 600 13px/1 var(--font); color: var(--accent); background: var(--tint);
  border: 1px solid var(--accent); border-radius: 13px;
}
.cite:hover, .cite[aria-expanded="true"] { color: var(--on-accent); background: var(--accent); }
.source {
  display: grid; gap: 14px; margin: 2px 0 6px; padding: 16px 18px; background: var(--tint);
  border: 1px solid color-mix(in srgb, var(--accent) 24%, var(--back)); border-radius: var(--round-small);
}
.context { font: 1em/1.6 var(--quote-font); white-space: pre-line; color: var(--text); }
mark { color: var(--mark-text); background: var(--mark); padding: .08em 0; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
dl { display: grid; gap: 6px; font-size: .875em; border-top: 1px solid var(--line); padding-top: 12px; }
dl > div { display: grid; grid-template-columns: 6.5em 1fr; gap: 0 12px; }
dt { color: var(--soft); }
.links { display: flex; flex-direction: column; gap: 4px; font-size: .9375em; }
.links a, .refers a { padding: 3px 0; min-height: 24px; }
.links .soft, .refers .soft { font-size: .9em; text-decoration: none; display: inline-block; }
.refers { font-size: .875em; }
.refers p { color: var(--soft); }
.refers li { padding: 2px 0; }
.actions { display: grid; gap: 8px; margin-left: -.6em; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 2px; }
.plain[aria-pressed="true"] { color: var(--on-accent); background: var(--accent); }
.said { padding-left: .7em; }
.said:empty { display: none; }
.remark { display: grid; gap: 8px; justify-items: start; padding-left: .7em; font-size: .9375em; max-width: 34em; }
.remark textarea { width: 100%; }
@media (max-width: 24rem) {
  .voice { padding-left: 14px; }
  .source { padding: 14px; margin-left: -14px; }
  dl > div { grid-template-columns: 1fr; }
}
@media (prefers-reduced-motion: reduce) {
  .pending::before { animation: none; border-top-color: var(--line); }
}
@media (forced-colors: active) {
  .panel, .launcher, .send, .example, .asked p, .notice, .cite, .source { border: 1px solid; }
  .voice::before { background: CanvasText; }
  .cite[aria-expanded="true"], .plain[aria-pressed="true"] { forced-color-adjust: none; color: HighlightText; background: Highlight; }
  .send[aria-disabled="true"] { color: GrayText; border-color: GrayText; }
}
`;
