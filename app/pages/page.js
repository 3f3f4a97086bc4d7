// The page for an iframe: the token that its host put behind the address goes to the widget, and out of the address.
"use strict";

const chat = /** @type {HTMLElement & { getToken: () => Promise<string | null> }} */ (
  document.querySelector("briefwijzer-chat")
);
// What stands behind # is never sent to a server.
let token = new URLSearchParams(location.hash.slice(1)).get("token");

function forgetAddress() {
  history.replaceState(null, "", location.pathname + location.search);
}

if (token) forgetAddress();
chat.getToken = async () => token;
// A host that sets the frame's address anew, with another token, need not load it anew.
addEventListener("hashchange", () => {
  const next = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!next) return;
  token = next;
  forgetAddress();
});
