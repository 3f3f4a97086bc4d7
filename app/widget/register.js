// Makes <briefwijzer-chat> known. The service that sent this script is the one that is asked, so the two never differ in version.

import { BriefwijzerChat } from "./element.js";

const script = document.currentScript;
if (script instanceof HTMLScriptElement && script.src) BriefwijzerChat.origin = new URL(".", script.src).href;
if (!customElements.get("briefwijzer-chat")) customElements.define("briefwijzer-chat", BriefwijzerChat);
