// The page for an iframe. The token that its host put behind the address goes to the widget, and out of the address; where none
// holds, the host is asked for another one.
"use strict";

const PATIENCE_MS = 4_000;
const chat = /** @type {HTMLElement & { getToken: (refused?: string | null) => Promise<string | null> }} */ (
  document.querySelector("briefwijzer-chat")
);
const host = hostOrigin();
// What stands behind # is never sent to a server.
let token = new URLSearchParams(location.hash.slice(1)).get("token");
/** @type {Promise<string | null> | null} */
let asking = null;
let heard = () => {};

/** Return the origin of the page around this one. The policy of this page (frame-ancestors) lets listed ones in alone. */
function hostOrigin() {
  if (parent === window) return null;
  // Firefox knows no ancestorOrigins.
  const origin = location.ancestorOrigins?.[0] || (document.referrer && new URL(document.referrer).origin);
  return origin && origin !== "null" ? origin : null;
}

function forgetAddress() {
  history.replaceState(null, "", location.pathname + location.search);
}

/** Ask the host for a token; resolves to the one that is known then, were it the old one. */
function askHost() {
  asking ??= new Promise((resolve) => {
    heard = () => {
      clearTimeout(timer);
      asking = null;
      resolve(token);
    };
    const timer = setTimeout(() => heard(), PATIENCE_MS);
    parent.postMessage({ type: "briefwijzer-token-wanted" }, /** @type {string} */ (host));
  });
  return asking;
}

if (token) forgetAddress();
chat.getToken = async (refused) => (host && refused !== undefined && refused === token ? askHost() : token);
addEventListener("message", ({ source, origin, data }) => {
  if (source !== parent || origin !== host || data?.type !== "briefwijzer-token") return;
  if (typeof data.token === "string") token = data.token;
  heard();
});
// A host that sets the frame's address anew, with another token, need not load it anew.
addEventListener("hashchange", () => {
  const next = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!next) return;
  token = next;
  forgetAddress();
  heard();
});
